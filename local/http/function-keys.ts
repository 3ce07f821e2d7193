import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may call a function: everybody, holders of any key, or holders of the master key. */
export type AuthLevel = 'anonymous' | 'function' | 'admin';

/**
 * The keys that callers must show. Comparisons take the same time whatever differs.
 * Source: the Functions host's key rules (`x-functions-key` header or `code` query parameter; a function or host
 * key opens level `function`, the master key everything).
 */
export class FunctionKeys {
  readonly #digests: readonly { readonly digest: Buffer; readonly isMaster: boolean }[];
  /** The first master key, else the first key: what the host itself puts into webhook URLs. */
  readonly webhookKey: string;

  /** Parses `name=key` pairs with commas between them; a key without name is a function key, `master` opens all. */
  constructor(text: string) {
    const keys = text.split(',').map((pair) => parseKey(pair.trim()));
    this.#digests = keys.map(({ name, key }) => ({ digest: digest(key), isMaster: name === 'master' }));
    this.webhookKey = (keys.find(({ name }) => name === 'master') ?? keys[0])?.key ?? '';
  }

  /** True if a key opens the host's own webhooks. */
  opensWebhooks(key: string | undefined): boolean {
    if (key === undefined) return false;
    return this.opens('admin', key) || timingSafeEqual(digest(this.webhookKey), digest(key));
  }

  /** True if a key (undefined: none shown) opens a function of this level. */
  opens(level: AuthLevel, key: string | undefined): boolean {
    if (level === 'anonymous') return true;
    if (key === undefined) return false;
    const shown = digest(key);
    return this.#digests.some(
      (own) => timingSafeEqual(own.digest, shown) && (own.isMaster || level === 'function'),
    );
  }
}

function parseKey(pair: string): { readonly name: string; readonly key: string } {
  const split = pair.indexOf('=');
  const name = split < 0 ? '' : pair.slice(0, split);
  const key = pair.slice(split + 1);
  if (key === '')
    throw new Error('POLYSCORE_FUNCTION_KEYS: expected name=key pairs with commas between them');
  return { name, key };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
