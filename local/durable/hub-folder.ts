import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type HistoryEvent } from './history-event';
import { lockHub } from './hub-lock';
import { parseRecord, type HubRecord } from './hub-record';
import { type HubState } from './hub-state';
import { cutTornEnd, Journal, readJournal } from './journal';
import { isFinished, type OrchestrationInstance } from './orchestration-instance';

const MIB = 1024 * 1024;
const COMPACTION_BYTES = 16 * MIB;

export interface HubFolderOptions {
  /** Where the hub lies; made if it is missing. */
  readonly path: string;
  /** A journal longer than this, and than twice the last snapshot, gives way to a new snapshot. */
  readonly compactionBytes?: number;
  readonly log: (level: string, message: string) => void;
}

/**
 * A task hub on disk. `snapshot-N.jsonl` is the state with which `journal-N.jsonl` begins; journals of later
 * numbers follow it. `archive/` holds the histories of finished instances, so that a start need not read them.
 */
export class HubFolder {
  readonly #path: string;
  readonly #compactionBytes: number;
  readonly #log: HubFolderOptions['log'];
  readonly #state: HubState;
  readonly #unlock: () => void;
  #generation: number;
  #journal: Journal;
  #snapshotBytes: number;
  #compacting: Promise<void> | undefined;
  #isClosed = false;

  /** Locks the folder and applies all it holds to `state`. Throws when another process has it open. */
  constructor(options: HubFolderOptions, state: HubState) {
    this.#path = options.path;
    this.#compactionBytes = options.compactionBytes ?? COMPACTION_BYTES;
    this.#log = options.log;
    this.#state = state;
    mkdirSync(join(this.#path, 'archive'), { recursive: true });
    this.#unlock = lockHub(this.#path);
    const names = readdirSync(this.#path);
    const snapshot = latest(names, 'snapshot');
    this.#snapshotBytes = snapshot === undefined ? 0 : this.#loadSnapshot(snapshot);
    const journals = generationsOf(names, 'journal').filter((generation) => generation >= (snapshot ?? 0));
    this.#generation = journals.at(-1) ?? snapshot ?? 0;
    const lengths = journals.map((generation) => this.#loadJournal(generation));
    this.#journal = new Journal(this.#file('journal', this.#generation), lengths.at(-1) ?? 0);
  }

  /** Applies the record to the state at once; resolves when it is safe on disk. Rejects once closed. */
  commit(record: HubRecord): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error(`The task hub in ${this.#path} has been closed`));
    this.#state.apply(record);
    const written = this.#journal.append(record);
    const limit = Math.max(this.#compactionBytes, 2 * this.#snapshotBytes);
    if (this.#journal.bytes > limit && !this.#compacting) {
      this.#compacting = this.#compact()
        .catch((error: unknown) => {
          this.#log('error', `The journal in ${this.#path} could not be compacted: ${String(error)}`);
        })
        .finally(() => (this.#compacting = undefined));
    }
    return written;
  }

  /** The history of an instance, from memory or from the archive. */
  async historyOf(instance: OrchestrationInstance): Promise<readonly HistoryEvent[]> {
    if (!instance.isArchived) return instance.history;
    return parseHistory(await readFile(this.#archiveFile(instance), 'utf8'));
  }

  /** Removes the archived history of an instance that has been purged. */
  async discardHistoryOf(instance: OrchestrationInstance): Promise<void> {
    if (instance.isArchived) await rm(this.#archiveFile(instance), { force: true });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#compacting;
    await this.#journal.close();
    this.#unlock();
  }

  async #compact(): Promise<void> {
    for (const instance of this.#state.instances.values()) await this.#archive(instance);
    // From here to the next await nothing else runs: the snapshot holds exactly what the old journal gives.
    const text = [...this.#state.snapshot()].map((record) => `${JSON.stringify(record)}\n`).join('');
    const old = this.#journal;
    const generation = this.#generation + 1;
    this.#generation = generation;
    this.#journal = new Journal(this.#file('journal', generation), 0, old);
    await writeWhole(this.#file('snapshot', generation), text);
    this.#snapshotBytes = Buffer.byteLength(text);
    await old.close();
    for (const name of readdirSync(this.#path)) {
      const found = generationOf(name);
      if (found !== undefined && found < generation) await rm(join(this.#path, name));
    }
  }

  async #archive(instance: OrchestrationInstance): Promise<void> {
    if (!isFinished(instance.status) || instance.isArchived) return;
    const { history } = instance;
    await writeWhole(this.#archiveFile(instance), JSON.stringify(history));
    // A rewind or a new run in the meantime has put another history in its place.
    if (instance.history !== history || !isFinished(instance.status)) return;
    instance.history = [];
    instance.isArchived = true;
  }

  #loadSnapshot(generation: number): number {
    const text = readFileSync(this.#file('snapshot', generation), 'utf8');
    for (const line of text.split('\n')) if (line) this.#state.apply(parseRecord(line));
    return Buffer.byteLength(text);
  }

  #loadJournal(generation: number): number {
    const file = this.#file('journal', generation);
    const content = readJournal(file);
    if (content.dropped) {
      this.#log('warn', `${file}: dropped what a crash left from line ${content.dropped.line} on`);
      cutTornEnd(file, content);
    }
    for (const record of content.records) this.#state.apply(record);
    return content.bytes;
  }

  #file(kind: 'snapshot' | 'journal', generation: number): string {
    return join(this.#path, `${kind}-${generation}.jsonl`);
  }

  #archiveFile({ instanceId, executionId }: OrchestrationInstance): string {
    const name = createHash('sha1').update(`${instanceId}\n${executionId}`).digest('hex');
    return join(this.#path, 'archive', `${name}.json`);
  }
}

/** Writes a file so that it is there whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.tmp`, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
}

function generationOf(name: string): number | undefined {
  const match = /^(?:snapshot|journal)-(\d+)\.jsonl(?:\.torn)?$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

function generationsOf(names: readonly string[], kind: string): number[] {
  const matching = names.filter((name) => name.startsWith(`${kind}-`) && name.endsWith('.jsonl'));
  return matching.map((name) => generationOf(name) ?? 0).sort((a, b) => a - b);
}

function latest(names: readonly string[], kind: string): number | undefined {
  return generationsOf(names, kind).at(-1);
}

function parseHistory(text: string): readonly HistoryEvent[] {
  return JSON.parse(text) as readonly HistoryEvent[];
}
