import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { parseRecord, type HubRecord } from './hub-record';

/** What a journal file held; `dropped` is the torn end that a crash left, if any. */
export interface JournalContent {
  readonly records: readonly HubRecord[];
  /** Length of the whole records, in bytes. */
  readonly bytes: number;
  readonly dropped?: { readonly line: number; readonly text: string };
}

/**
 * Reads a journal, one record a line. A crash can leave the last write unfinished: everything from the first
 * line that is no whole record was never confirmed to anybody, and is left out.
 */
export function readJournal(path: string): JournalContent {
  const text = readFileSync(path, 'utf8');
  const records: HubRecord[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const record = end < 0 ? undefined : readLine(text.slice(start, end));
    if (!record) {
      const bytes = Buffer.byteLength(text.slice(0, start));
      return { records, bytes, dropped: { line: records.length + 1, text: text.slice(start) } };
    }
    records.push(record);
    start = end + 1;
  }
  return { records, bytes: Buffer.byteLength(text) };
}

function readLine(line: string): HubRecord | undefined {
  try {
    return parseRecord(line);
  } catch {
    // Not a whole record: the caller reports where.
    return undefined;
  }
}

/** Cuts a torn end off, so that the next record begins on a line of its own; the end is kept beside the file. */
export function cutTornEnd(path: string, content: JournalContent): void {
  if (!content.dropped) return;
  writeFileSync(`${path}.torn`, content.dropped.text);
  truncateSync(path, content.bytes);
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An append-only file of records. Many appends share one write and one fdatasync: while one batch is on its
 * way to the disk the next one gathers. Records reach the file in the order of `append`, so a record on disk
 * means that all before it are there too. After a failed write the journal takes nothing more.
 */
export class Journal {
  readonly #path: string;
  readonly #predecessor: Journal | undefined;
  #file: FileHandle | undefined;
  #pending: string[] = [];
  #waiters: Waiter[] = [];
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;
  #bytes: number;

  /** `bytes` is the file's length; `predecessor` is written out before this one's first record. */
  constructor(path: string, bytes = 0, predecessor?: Journal) {
    this.#path = path;
    this.#bytes = bytes;
    this.#predecessor = predecessor;
  }

  /** Bytes written or about to be. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when the record is safe on disk; rejects when the disk refuses it. */
  append(record: HubRecord): Promise<void> {
    const line = `${JSON.stringify(record)}\n`;
    this.#bytes += Buffer.byteLength(line);
    this.#pending.push(line);
    const written = new Promise<void>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    this.#flushing ??= this.#flush();
    return written;
  }

  /** Waits until everything appended so far is on disk or refused. */
  async drain(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async close(): Promise<void> {
    await this.drain();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    // One turn of the event loop gathers the appends that belong together.
    await new Promise(setImmediate);
    while (this.#pending.length > 0) {
      const text = this.#pending.join('');
      const waiters = this.#waiters;
      this.#pending = [];
      this.#waiters = [];
      try {
        await this.#write(text);
        for (const { resolve } of waiters) resolve();
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        for (const { reject } of waiters) reject(this.#failure);
      }
    }
    this.#flushing = undefined;
  }

  async #write(text: string): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#predecessor?.drain();
    this.#file ??= await open(this.#path, 'a');
    await this.#file.appendFile(text);
    await this.#file.datasync();
  }
}
