import { type AppendBlobClient, type ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';

const line = z.object({
  path: z.string(),
  etag: z.string(),
  /** Failed tries of this version. */
  failures: z.number().int().min(0),
  isDone: z.boolean(),
});
/** What became of one version of a blob. */
export type BlobReceipt = z.infer<typeof line>;

/** An append blob takes 50,000 appends; the journal moves on well before. */
const APPENDS_PER_JOURNAL = 40_000;
const APPEND_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Which blob versions a function has had, durable in storage: a journal of JSON lines in an append blob, the
 * last line of a path counts. Invariant: `record` resolves only after its line lies in storage, so that a
 * killed host repeats at most what was under way. A full journal is followed by a new one that begins with
 * all that still counts; only then the old one is deleted, and until then both are read.
 */
export class BlobReceipts {
  readonly #container: ContainerClient;
  readonly #folder: string;
  readonly #byPath = new Map<string, BlobReceipt>();
  #journal: AppendBlobClient;
  #generation = 0;
  #appends = 0;
  #pending: string[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(container: ContainerClient, folder: string) {
    this.#container = container;
    this.#folder = folder;
    this.#journal = container.getAppendBlobClient(`${folder}/${journalName(0)}`);
  }

  /** Reads the receipts of one function, and writes them anew where the journal has grown far beyond them. */
  static async open(container: ContainerClient, functionName: string): Promise<BlobReceipts> {
    await container.createIfNotExists();
    const receipts = new BlobReceipts(container, `blobreceipts/${functionName}`);
    const journals: string[] = [];
    for await (const { name } of container.listBlobsFlat({ prefix: `${receipts.#folder}/` }))
      journals.push(name);
    for (const name of journals.toSorted()) {
      const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
      for (const entry of text.split('\n')) {
        if (entry !== '') receipts.#remember(line.parse(JSON.parse(entry)));
        receipts.#appends++;
      }
    }
    receipts.#generation = Number(
      journals.toSorted().at(-1)?.slice(-journalName(0).length, -'.jsonl'.length) ?? 0,
    );
    if (journals.length !== 1 || receipts.#appends > 2 * receipts.#byPath.size + 1_000)
      await receipts.#roll(journals);
    else receipts.#journal = container.getAppendBlobClient(journals[0] ?? '');
    return receipts;
  }

  /** What is known of this version of the blob; undefined if nothing. */
  of(path: string, etag: string): BlobReceipt | undefined {
    const receipt = this.#byPath.get(path);
    return receipt?.etag === etag ? receipt : undefined;
  }

  /** Resolves once the receipt is durable. Concurrent receipts share an append. */
  async record(receipt: BlobReceipt): Promise<void> {
    this.#pending.push(JSON.stringify(receipt));
    while (this.#flushing) await this.#flushing;
    if (this.#pending.length > 0) {
      this.#flushing = this.#flush();
      try {
        await this.#flushing;
      } finally {
        this.#flushing = undefined;
      }
    }
    this.#remember(receipt);
  }

  /** Forgets blobs that are gone, given the paths of a complete listing. */
  retain(paths: ReadonlySet<string>): void {
    for (const path of this.#byPath.keys()) if (!paths.has(path)) this.#byPath.delete(path);
  }

  #remember(receipt: BlobReceipt): void {
    this.#byPath.set(receipt.path, receipt);
  }

  async #flush(): Promise<void> {
    if (this.#appends >= APPENDS_PER_JOURNAL) await this.#roll([this.#journal.name]);
    const lines = this.#pending.splice(0);
    try {
      await this.#append(lines);
    } catch (error) {
      this.#pending.unshift(...lines);
      throw error;
    }
  }

  async #append(lines: readonly string[]): Promise<void> {
    let text = '';
    for (const [index, entry] of lines.entries()) {
      text += `${entry}\n`;
      if (text.length * 3 < APPEND_LIMIT_BYTES && index + 1 < lines.length) continue;
      await this.#journal.appendBlock(text, Buffer.byteLength(text));
      this.#appends++;
      text = '';
    }
  }

  async #roll(former: readonly string[]): Promise<void> {
    this.#generation++;
    this.#appends = 0;
    this.#journal = this.#container.getAppendBlobClient(`${this.#folder}/${journalName(this.#generation)}`);
    await this.#journal.create();
    await this.#append([...this.#byPath.values()].map((receipt) => JSON.stringify(receipt)));
    for (const name of former) await this.#container.deleteBlob(name);
  }
}

function journalName(generation: number): string {
  return `${String(generation).padStart(8, '0')}.jsonl`;
}
