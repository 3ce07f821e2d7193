import { createHash } from 'node:crypto';
import { CONTAINERS, type BlobStore } from '../../../shared/storage/blob-store';
import { listBlobs } from './scoring-jobs';

/** SHA-256 of each published file of a job by name, after its id and its input's path have been put the same for all. */
export type PublishedFiles = Readonly<Record<string, string>>;

export interface JobNames {
  readonly id: string;
  /** Path of its input blob. */
  readonly input: string;
}

/** Reads all that is published under a job's folder. */
export async function readPublished(
  store: BlobStore,
  endpoint: string,
  names: JobNames,
): Promise<PublishedFiles> {
  const prefix = `${endpoint}/${names.id}/`;
  const files: Record<string, string> = {};
  for (const { path } of await listBlobs(store, CONTAINERS.predictions, prefix)) {
    const blob = await store.get({ container: CONTAINERS.predictions, path });
    const name = path.slice(prefix.length);
    if (blob) files[name] = digestOf(name, blob.bytes, names);
  }
  return files;
}

/** The data file is compared as it is; the others name the job and its input. */
export function digestOf(name: string, bytes: Buffer, { id, input }: JobNames): string {
  const isData = name.startsWith('predictions.');
  const content = isData
    ? bytes
    : bytes.toString('utf8').replaceAll(id, '{job}').replaceAll(input, '{input}');
  return createHash('sha256').update(content).digest('hex');
}
