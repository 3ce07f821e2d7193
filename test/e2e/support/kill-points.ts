import type { JobState } from './job-state';
import type { Moment, StorageRequest } from './storage-tap';

/** Where in a job the host is killed: at a moment of the nth storage request that matches. */
export interface KillPoint {
  readonly what: string;
  readonly moment: Moment;
  readonly matches: (request: StorageRequest) => boolean;
  /** Counted from 1; default 1. */
  readonly nth?: number;
  /** What must be so in storage after the kill. */
  readonly leaves: (state: JobState) => boolean;
}

const put =
  (container: string, pattern: RegExp, comp = '') =>
  (request: StorageRequest): boolean =>
    request.method === 'PUT' &&
    request.container === container &&
    request.comp === comp &&
    pattern.test(request.path);
const job = put('ledger', /^jobs\//);
const plan = put('ledger', /\/plan\.json$/);
const line = put('ledger', /\/parts\/\d+\.json$/);
const block = put('predictions', /\/predictions\.\w+$/, 'block');
const commitRejects = put('predictions', /\/rejects\.csv$/, 'blocklist');
const commitOutput = put('predictions', /\/predictions\.\w+$/, 'blocklist');
const manifest = put('predictions', /\/manifest\.json$/);
const success = put('predictions', /\/_SUCCESS$/);
const readInput = ({ method, container, path }: StorageRequest): boolean =>
  method === 'GET' && container === 'inbox' && path !== '';
const listBlocks = ({ method, comp }: StorageRequest): boolean => method === 'GET' && comp === 'blocklist';

const isUnplanned = (state: JobState): boolean => state.miniBatches === 0;
const hasLines =
  (least: number) =>
  ({ lines, miniBatches }: JobState): boolean =>
    lines.size >= least && lines.size < miniBatches;
const isStagedOnly = (state: JobState): boolean => state.stagedOnly > 0;
const allLines = ({ lines, miniBatches }: JobState): boolean => miniBatches > 0 && lines.size === miniBatches;
/** All lines are there and just these files, named without extension. */
const hasFiles =
  (...names: string[]) =>
  (state: JobState): boolean =>
    allLines(state) && names.join() === state.files.map((file) => file.split('.')[0]).join();

/** Twenty points from submission to success; the last line of a job of `miniBatches` is one of them. */
export function killPoints(miniBatches: number): KillPoint[] {
  return [
    {
      what: 'the job is about to be submitted',
      moment: 'before',
      matches: job,
      leaves: (s) => !s.isSubmitted,
    },
    {
      what: 'the job is submitted',
      moment: 'after',
      matches: job,
      leaves: (s) => s.isSubmitted && isUnplanned(s),
    },
    { what: 'planning reads the input', moment: 'before', matches: readInput, leaves: isUnplanned },
    { what: 'half a plan is sent', moment: 'during', matches: plan, leaves: isUnplanned },
    {
      what: 'the plan is written',
      moment: 'after',
      matches: plan,
      leaves: (s) => s.miniBatches === miniBatches,
    },
    { what: 'half of the first block is sent', moment: 'during', matches: block, leaves: hasLines(0) },
    { what: 'the first block is staged', moment: 'after', matches: block, leaves: isStagedOnly },
    { what: 'the first line is written', moment: 'after', matches: line, leaves: hasLines(1) },
    { what: 'scoring reads the input', moment: 'before', matches: readInput, nth: 14, leaves: hasLines(1) },
    {
      what: 'the 7th line is about to be written',
      moment: 'before',
      matches: line,
      nth: 7,
      leaves: isStagedOnly,
    },
    {
      what: 'half of the 12th block is sent',
      moment: 'during',
      matches: block,
      nth: 12,
      leaves: hasLines(9),
    },
    { what: 'the 15th line is written', moment: 'after', matches: line, nth: 15, leaves: hasLines(15) },
    {
      what: 'the last line is half sent',
      moment: 'during',
      matches: line,
      nth: miniBatches,
      leaves: isStagedOnly,
    },
    {
      what: 'the last line is written',
      moment: 'after',
      matches: line,
      nth: miniBatches,
      leaves: hasFiles(),
    },
    { what: 'publishing looks for staged parts', moment: 'after', matches: listBlocks, leaves: hasFiles() },
    {
      what: 'the rejects are committed',
      moment: 'after',
      matches: commitRejects,
      leaves: hasFiles('rejects'),
    },
    {
      what: 'the output is about to be committed',
      moment: 'before',
      matches: commitOutput,
      leaves: hasFiles('rejects'),
    },
    {
      what: 'the output is committed',
      moment: 'after',
      matches: commitOutput,
      leaves: hasFiles('predictions', 'rejects'),
    },
    {
      what: 'half a manifest is sent',
      moment: 'during',
      matches: manifest,
      leaves: hasFiles('predictions', 'rejects'),
    },
    {
      what: '_SUCCESS is written, nobody knows',
      moment: 'after',
      matches: success,
      leaves: (s) => s.files.includes('_SUCCESS'),
    },
  ];
}
