import { ServingError } from '../errors';

/** Runs a reading step; where the input is at fault, the error names the blob. */
export async function aboutBlob<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (
      !(error instanceof ServingError) ||
      error.code !== 'invalid-input' ||
      error.message.includes(`"${path}"`)
    )
      throw error;
    throw new ServingError('invalid-input', `blob "${path}": ${error.message}`, { cause: error });
  }
}
