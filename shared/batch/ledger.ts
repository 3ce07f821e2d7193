import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ServingError } from '../errors';
import { encodeCatalog, parseCatalog } from '../registry/catalog-document';
import type { Catalog } from '../registry/catalog';
import { parseJsonDocument } from '../registry/json-document';
import { type BlobRef, type BlobStore, CONTAINERS } from '../storage/blob-store';
import type { ScoringJob } from './job';
import { jobSchema } from './job-document';
import { planSchema, type JobPlan } from './job-plan';

/** `ledger/work/{id}/parts/{index}.json`: a mini-batch is done, and what it staged. Written after its blocks. */
const lineSchema = z.strictObject({
  tally: z.strictObject({ rowsIn: z.int(), rowsScored: z.int(), rowsRejected: z.int() }),
  /** Of the scored rows, those that no model was found for and that the endpoint skips. */
  rowsSkipped: z.int(),
  /** Rows by `{model}\n{version}`. */
  models: z.record(z.string(), z.int()),
  /** The parts inside the staged output block, in order; Parquet parts with their metadata in base64. */
  parts: z.array(z.strictObject({ bytes: z.int(), footer: z.string().optional() })),
  rejectsBytes: z.int(),
});

export type LedgerLine = z.infer<typeof lineSchema>;

const JSON_TYPE = { contentType: 'application/json' } as const;

/** What jobs remember, in the container `ledger`. Documents are written once and never change. */
export class Ledger {
  readonly #store: BlobStore;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Answers false where the job was there already. */
  async addJob(job: ScoringJob): Promise<boolean> {
    return this.#create(jobPath(job.id), job);
  }

  async findJob(id: string): Promise<ScoringJob | undefined> {
    if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
    return this.#read(jobPath(id), (bytes) => parseJsonDocument(jobSchema, `The job ${id}`, bytes));
  }

  /** Throws ServingError `job-not-found`. */
  async job(id: string): Promise<ScoringJob> {
    const job = await this.findJob(id);
    if (!job) throw new ServingError('job-not-found', `There is no scoring job "${id}"`);
    return job;
  }

  /** Ids and times of submission, the latest first. */
  async listJobs(): Promise<{ id: string; submittedAt: Date }[]> {
    const jobs: { id: string; submittedAt: Date }[] = [];
    for await (const { path, lastModified } of this.#store.list(CONTAINERS.ledger, 'jobs/')) {
      jobs.push({ id: path.slice('jobs/'.length, -'.json'.length), submittedAt: lastModified });
    }
    return jobs.sort((a, b) => b.submittedAt.getTime() - a.submittedAt.getTime() || (a.id < b.id ? -1 : 1));
  }

  async addCatalog(catalog: Catalog): Promise<void> {
    const ref = refOf(catalogPath(catalog.revision));
    if (await this.#store.properties(ref)) return;
    await this.#createBytes(catalogPath(catalog.revision), encodeCatalog(catalog));
  }

  async catalog(revision: string): Promise<Catalog> {
    return this.#must(catalogPath(revision), parseCatalog);
  }

  async addPlan(jobId: string, plan: JobPlan): Promise<void> {
    await this.#create(`${workPath(jobId)}plan.json`, plan);
  }

  async findPlan(jobId: string): Promise<JobPlan | undefined> {
    return this.#read(`${workPath(jobId)}plan.json`, (bytes) =>
      parseJsonDocument(planSchema, 'The plan', bytes),
    );
  }

  async plan(jobId: string): Promise<JobPlan> {
    const plan = await this.findPlan(jobId);
    if (!plan) throw new Error(`job ${jobId} has no plan`);
    return plan;
  }

  async putLine(jobId: string, index: number, line: LedgerLine): Promise<void> {
    await this.#store.put(refOf(linePath(jobId, index)), encode(line), JSON_TYPE);
  }

  async findLine(jobId: string, index: number): Promise<LedgerLine | undefined> {
    return this.#read(linePath(jobId, index), (bytes) =>
      parseJsonDocument(lineSchema, 'The ledger line', bytes),
    );
  }

  /** The mini-batch is to be scored again. */
  async dropLine(jobId: string, index: number): Promise<void> {
    await this.#store.delete(refOf(linePath(jobId, index)));
  }

  /** Indices of the mini-batches that are done. */
  async listLines(jobId: string): Promise<number[]> {
    const indices: number[] = [];
    const prefix = `${workPath(jobId)}parts/`;
    for await (const { path } of this.#store.list(CONTAINERS.ledger, prefix)) {
      indices.push(Number(path.slice(prefix.length, -'.json'.length)));
    }
    return indices;
  }

  /** A note that something has been dealt with: an upload, an occurrence of a schedule. */
  async findNote(kind: string, key: string): Promise<boolean> {
    return (await this.#store.properties(refOf(notePath(kind, key)))) !== undefined;
  }

  async addNote(kind: string, key: string, note: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#create(notePath(kind, key), note);
  }

  /** The {@link noteKey}s of all notes of a kind. */
  async listNotes(kind: string): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for await (const { path } of this.#store.list(CONTAINERS.ledger, `${kind}/`)) {
      keys.add(path.slice(kind.length + 1, -'.json'.length));
    }
    return keys;
  }

  async #read<T>(path: string, parse: (bytes: Buffer) => T): Promise<T | undefined> {
    const blob = await this.#store.get(refOf(path));
    return blob && parse(blob.bytes);
  }

  async #must<T>(path: string, parse: (bytes: Buffer) => T): Promise<T> {
    const value = await this.#read(path, parse);
    if (value === undefined) throw new Error(`the ledger lacks ${path}`);
    return value;
  }

  #create(path: string, document: object): Promise<boolean> {
    return this.#createBytes(path, encode(document));
  }

  async #createBytes(path: string, bytes: Buffer): Promise<boolean> {
    try {
      await this.#store.put(refOf(path), bytes, { ...JSON_TYPE, ifNoneMatch: '*' });
      return true;
    } catch (error) {
      if (error instanceof ServingError && error.code === 'etag-conflict') return false;
      throw error;
    }
  }
}

/** The name under which a note with this key is kept. */
export function noteKey(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}

function notePath(kind: string, key: string): string {
  return `${kind}/${noteKey(key)}.json`;
}

function jobPath(id: string): string {
  return `jobs/${id}.json`;
}

function workPath(id: string): string {
  return `work/${id}/`;
}

function linePath(id: string, index: number): string {
  return `${workPath(id)}parts/${String(index).padStart(6, '0')}.json`;
}

function catalogPath(revision: string): string {
  return `catalogs/${revision}.json`;
}

function encode(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function refOf(path: string): BlobRef {
  return { container: CONTAINERS.ledger, path };
}
