import { Ledger } from '../../../shared/batch/ledger';
import { CONTAINERS, type BlobStore } from '../../../shared/storage/blob-store';
import { listBlobs } from './scoring-jobs';

/** What storage holds of a job. */
export interface JobState {
  readonly isSubmitted: boolean;
  /** 0 before the job is planned. */
  readonly miniBatches: number;
  /** Etag of each ledger line, by path. */
  readonly lines: ReadonlyMap<string, string>;
  /** Mini-batches whose part of the output is staged without a ledger line. */
  readonly stagedOnly: number;
  /** Names of the published files. */
  readonly files: readonly string[];
}

export type Phase = 'planning' | 'scoring' | 'staging' | 'publishing' | 'published';

const nothing: JobState = {
  isSubmitted: false,
  miniBatches: 0,
  lines: new Map(),
  stagedOnly: 0,
  files: [],
};

export async function readJobState(store: BlobStore, id: string | undefined): Promise<JobState> {
  if (id === undefined) return nothing;
  const ledger = new Ledger(store);
  const [{ outputPrefix }, plan] = await Promise.all([ledger.job(id), ledger.findPlan(id)]);
  const lines = await listBlobs(store, CONTAINERS.ledger, `work/${id}/parts/`);
  const done = new Set(lines.map(({ path }) => Number(path.slice(-'000000.json'.length, -'.json'.length))));
  const published = await listBlobs(store, CONTAINERS.predictions, `${outputPrefix}/`);
  const output = plan && { container: CONTAINERS.predictions, path: `${outputPrefix}/${plan.outputFile}` };
  const blocks = output ? await store.stagedBlocks(output) : [];
  const staged = blocks
    .filter((block) => block.id.startsWith('part-'))
    .map((block) => Number(block.id.slice(5)));
  return {
    isSubmitted: true,
    miniBatches: plan?.miniBatches.length ?? 0,
    lines: new Map(lines.map(({ path, etag }) => [path, etag])),
    stagedOnly: staged.filter((index) => !done.has(index)).length,
    files: published.map(({ path }) => path.slice(outputPrefix.length + 1)),
  };
}

/** Staging: some part is staged whose ledger line is not written yet. */
export function phaseOf({ miniBatches, lines, stagedOnly, files }: JobState): Phase {
  if (files.includes('_SUCCESS')) return 'published';
  if (miniBatches === 0) return 'planning';
  if (lines.size === miniBatches) return 'publishing';
  return stagedOnly > 0 ? 'staging' : 'scoring';
}
