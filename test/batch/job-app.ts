import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { startTestAzurite } from '../support/azurite';
import { expected, flights, JobFixture, type JobEnd } from './job-fixture';

/** 4,200 flights in five mini-batches; some without a model, some without a distance. */
export const rows = flights(4_200);
export const scorable = rows.filter((flight) => expected(flight) !== undefined);
export const tally = { rowsIn: 4_200, rowsScored: scorable.length, rowsRejected: 4_200 - scorable.length };

/** Batch scoring over an Azurite of its own. */
export interface JobApp {
  readonly fixture: JobFixture;
  /** Writes a blob under a new path of the inbox; answers the path. */
  upload(bytes: Uint8Array, extension: string): Promise<string>;
  /** Uploads and runs a job. */
  run(bytes: Uint8Array, extension: string, settings?: object): Promise<JobEnd>;
  stop(): Promise<void>;
}

export async function startJobApp(): Promise<JobApp> {
  const azurite = await startTestAzurite();
  const fixture = new JobFixture(createAzureBlobStore({ connectionString: azurite.connectionString }));
  await fixture.setUp();
  let uploads = 0;
  const upload: JobApp['upload'] = async (bytes, extension) => {
    const path = `delay/${++uploads}/input.${extension}`;
    await fixture.upload(path, bytes);
    return path;
  };
  return {
    fixture,
    upload,
    run: async (bytes, extension, settings = {}) => {
      const path = await upload(bytes, extension);
      return fixture.run({ input: { container: CONTAINERS.inbox, path }, settings });
    },
    stop: async () => {
      await fixture.close();
      await azurite.stop();
    },
  };
}

export function completed(end: JobEnd): Extract<JobEnd, { state: 'completed' }> {
  if (end.state === 'failed') throw new Error(`${end.failure.code}: ${end.failure.detail}`);
  return end;
}
