/**
 * Request headers as the fetch standard's Headers, built over the header list that node:http parsed: `get` and
 * `has` cost no copy. Repeated headers are joined with a comma, cookies with a semicolon, as the host does.
 */
export class RequestHeaders implements Headers {
  readonly #values: ReadonlyMap<string, string>;
  #native: Headers | undefined;

  /** `rawHeaders` alternates names and values, as in node:http. */
  constructor(rawHeaders: readonly string[]) {
    this.#values = joinHeaders(rawHeaders);
  }

  get(name: string): string | null {
    return this.#native ? this.#native.get(name) : (this.#values.get(name.toLowerCase()) ?? null);
  }

  has(name: string): boolean {
    return this.#native ? this.#native.has(name) : this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#all().set(name, value);
  }

  append(name: string, value: string): void {
    this.#all().append(name, value);
  }

  delete(name: string): void {
    this.#all().delete(name);
  }

  getSetCookie(): string[] {
    return this.#all().getSetCookie();
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void): void {
    for (const [name, value] of this) callback(value, name, this.#all());
  }

  keys(): ReturnType<Headers['keys']> {
    return this.#all().keys();
  }

  values(): ReturnType<Headers['values']> {
    return this.#all().values();
  }

  entries(): ReturnType<Headers['entries']> {
    return this.#all().entries();
  }

  [Symbol.iterator](): ReturnType<Headers['entries']> {
    return this.entries();
  }

  #all(): Headers {
    this.#native ??= new Headers([...this.#values]);
    return this.#native;
  }
}

/** Header values by lower-case name. */
export function joinHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const former = values.get(name);
    values.set(name, former === undefined ? value : `${former}${name === 'cookie' ? '; ' : ','}${value}`);
  }
  return values;
}
