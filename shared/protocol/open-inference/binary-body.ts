import { ServingError } from '../../errors';

/** Names the bytes of the JSON part, decompressed; on requests and answers. Header names are compared without case. */
export const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

/** The parts of an infer body, as views of it. */
export type InferBody =
  | { readonly kind: 'json'; readonly json: Uint8Array; readonly binary: Uint8Array }
  /** The whole body is the one input's data: the header says 0. */
  | { readonly kind: 'raw'; readonly binary: Uint8Array };

/**
 * Cuts an infer body where its JSON ends (Triton's binary tensor data extension). `jsonLength` is the header's text;
 * without it the whole body is JSON. Throws `invalid-parameter` where it is no whole number from 0 to the body's length.
 */
export function splitInferBody(body: Uint8Array, jsonLength: string | undefined): InferBody {
  if (jsonLength === undefined) return { kind: 'json', json: body, binary: body.subarray(body.length) };
  const text = jsonLength.trim();
  const length = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(length <= body.length)) {
    throw new ServingError(
      'invalid-parameter',
      `The header ${JSON_LENGTH_HEADER} is ${JSON.stringify(text.slice(0, 40))}, ` +
        `expected a whole number from 0 to the body's ${body.length} bytes`,
    );
  }
  if (length === 0) return { kind: 'raw', binary: body };
  return { kind: 'json', json: body.subarray(0, length), binary: body.subarray(length) };
}
