import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { nameSchema } from '../registry/manifest';
import { ServingError } from '../errors';
import { parseJsonDocument } from '../registry/json-document';
import { CONTAINERS, type BlobStore } from '../storage/blob-store';
import type { JobFailure, ScoringJob } from './job';
import { jobRequestSchema, parseJobRequest, type JobRequest } from './job-request';
import type { SubmittedJob } from './job-service';
import { Ledger } from './ledger';

const PREFIX = 'schedules/';
const OCCURRENCES = 'occurrences';
const HOUR_MS = 3_600_000;
/** Occurrences that fell due while nothing ran are made up for, the last one of each schedule, up to this age. */
const LATEST_MS = 24 * HOUR_MS;

/** `schedules/{name}.json` in the container `config`: a job that is submitted by the clock. */
export const scheduleSchema = z.strictObject({
  endpoint: nameSchema,
  /** NCRONTAB, as the Functions host has it: second minute hour day month weekday, UTC. */
  cron: z.string().refine(isCron, 'six cron fields: second minute hour day month weekday'),
  enabled: z.boolean().default(true),
  ...jobRequestSchema.shape,
});

/** An occurrence that was dealt with in a tick. */
export interface Occurrence {
  readonly schedule: string;
  readonly due: string;
  readonly result: { readonly job: ScoringJob } | { readonly failure: JobFailure };
}

export interface SchedulesOptions {
  readonly store: BlobStore;
  readonly jobs: {
    submit(endpoint: string, request: JobRequest, occurrence: string): Promise<SubmittedJob>;
  };
  readonly start: (job: ScoringJob) => Promise<void>;
}

/** The schedule documents. Each occurrence starts one job, however late and often the clock ticks. */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #ledger: Ledger;

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.store);
  }

  /** Starts what has fallen due. A broken document is reported with its problem and keeps no other from running. */
  async tick(now: Date): Promise<Occurrence[]> {
    const occurrences: Occurrence[] = [];
    for await (const { path, lastModified } of this.#options.store.list(CONTAINERS.config, PREFIX)) {
      const schedule = path.slice(PREFIX.length).replace(/\.json$/, '');
      const occurrence = await this.#run(path, schedule, lastModified, now);
      if (occurrence) occurrences.push(occurrence);
    }
    return occurrences;
  }

  async #run(path: string, schedule: string, writtenAt: Date, now: Date): Promise<Occurrence | undefined> {
    let due = writtenAt.toISOString();
    try {
      const blob = await this.#options.store.get({ container: CONTAINERS.config, path });
      if (!blob) return undefined;
      const document = parseJsonDocument(scheduleSchema, `The schedule "${schedule}"`, blob.bytes);
      const dueAt = document.enabled ? lastDue(document.cron, now) : undefined;
      if (!dueAt || dueAt < writtenAt || now.getTime() - dueAt.getTime() > LATEST_MS) return undefined;
      due = dueAt.toISOString();
      if (await this.#ledger.findNote(OCCURRENCES, occurrenceKey(schedule, due))) return undefined;
      const given: unknown = JSON.parse(blob.bytes.toString());
      const { job } = await this.#options.jobs.submit(
        document.endpoint,
        requestOf(given),
        occurrenceKey(schedule, due),
      );
      await this.#options.start(job);
      await this.#ledger.addNote(OCCURRENCES, occurrenceKey(schedule, due), { schedule, due, job: job.id });
      return { schedule, due, result: { job } };
    } catch (error) {
      if (!(error instanceof ServingError) || error.code === 'storage-unavailable') throw error;
      return this.#refuse(schedule, due, { code: error.code, detail: error.message });
    }
  }

  /** Noted, so that the same failure is told once an occurrence, not once a minute. */
  async #refuse(schedule: string, due: string, failure: JobFailure): Promise<Occurrence | undefined> {
    const key = occurrenceKey(schedule, due);
    if (await this.#ledger.findNote(OCCURRENCES, key)) return undefined;
    await this.#ledger.addNote(OCCURRENCES, key, { schedule, due, ...failure });
    return { schedule, due, result: { failure } };
  }
}

/** The part of a schedule document that a job request has too; only what it gives overrides the endpoint's settings. */
function requestOf(document: unknown): JobRequest {
  const given = z.record(z.string(), z.unknown()).parse(document);
  const names = Object.keys(jobRequestSchema.shape);
  return parseJobRequest(Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name))));
}

function occurrenceKey(schedule: string, due: string): string {
  return `${schedule} ${due}`;
}

/** The last time at or before `now` that the expression names. */
function lastDue(cron: string, now: Date): Date {
  const justAfter = new Date(now.getTime() + 1); // prev() is exclusive
  return CronExpressionParser.parse(cron, { currentDate: justAfter, tz: 'UTC' }).prev().toDate();
}

function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 6) return false;
  try {
    CronExpressionParser.parse(text, { tz: 'UTC' });
    return true;
  } catch {
    return false;
  }
}
