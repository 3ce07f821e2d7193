import type { Tensor } from '../../tensor/tensor';
import { tensorDataJson } from '../tensor-json-text';
import { JSON_LENGTH_HEADER } from './binary-body';
import { binaryOfTensor } from './binary-tensor';

type Parameters = Readonly<Record<string, unknown>>;

export interface InferAnswer {
  readonly id: string;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly parameters?: Parameters;
  /** In the order they are answered. */
  readonly outputs: readonly {
    readonly name: string;
    readonly tensor: Tensor;
    readonly isBinary: boolean;
    readonly parameters?: Parameters;
  }[];
}

export interface InferAnswerBody {
  readonly body: Uint8Array;
  /** Without `Content-Length`, which whoever sends the body knows. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Whether an output goes out as binary data: the output's own `binary_data` decides, else the request's
 * `binary_data_output`, else JSON.
 */
export function wantsBinary(output: Parameters | undefined, request: Parameters | undefined): boolean {
  return (output?.['binary_data'] ?? request?.['binary_data_output'] ?? false) === true;
}

/**
 * The body of an infer answer: JSON, then the binary outputs in their order. Where no binary byte follows it is plain
 * `application/json` without the length header, as Triton sends it. Throws `inference-failed` where an output that goes
 * as JSON holds an infinity.
 */
export function encodeInferAnswer(answer: InferAnswer): InferAnswerBody {
  const blobs: Uint8Array[] = [];
  const outputs = answer.outputs.map(({ name, tensor, isBinary, parameters }) => {
    const { datatype, shape } = tensor;
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`;
    if (!isBinary) {
      const extra = parameters === undefined ? '' : `,"parameters":${JSON.stringify(parameters)}`;
      return `${head}${extra},"data":${tensorDataJson(tensor, name)}}`;
    }
    const blob = binaryOfTensor(tensor);
    blobs.push(blob);
    return `${head},"parameters":${JSON.stringify({ ...parameters, binary_data_size: blob.length })}}`;
  });
  const head = [
    `"id":${JSON.stringify(answer.id)}`,
    `"model_name":${JSON.stringify(answer.modelName)}`,
    `"model_version":${JSON.stringify(answer.modelVersion)}`,
    ...(answer.parameters === undefined ? [] : [`"parameters":${JSON.stringify(answer.parameters)}`]),
  ];
  const json = Buffer.from(`{${head.join(',')},"outputs":[${outputs.join(',')}]}`);
  if (blobs.every((blob) => blob.length === 0)) {
    return { body: json, headers: { 'Content-Type': 'application/json' } };
  }
  return {
    body: Buffer.concat([json, ...blobs]),
    headers: { 'Content-Type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(json.length) },
  };
}
