import type { Violation } from '../../shared/errors';
import { parseInvocation } from '../../shared/protocol/mlflow/invocation';
import { modelFeeds } from '../../shared/protocol/mlflow/model-feeds';
import { parseMlflowSignature } from '../../shared/protocol/mlflow/signature';
import type { TensorSpec } from '../../shared/registry/signature';
import type { Datatype } from '../../shared/tensor/tensor';

export function input(name: string, datatype: Datatype, shape?: readonly number[]): TensorSpec {
  return { name, datatype, shape };
}

export function feeds(body: string, inputs: readonly TensorSpec[], declared?: unknown, contentType?: string) {
  const { input: sent } = parseInvocation(Buffer.from(body), contentType);
  const mlflow = declared === undefined ? undefined : JSON.stringify(declared);
  return modelFeeds(
    sent,
    { inputs, outputs: [] },
    parseMlflowSignature({ inputs: mlflow, params: undefined }),
  );
}

export function problemsOf(...parameters: Parameters<typeof feeds>): readonly Violation[] {
  try {
    feeds(...parameters);
  } catch (error) {
    expect(error).toMatchObject({ code: 'signature-mismatch' });
    if (error instanceof Error && 'violations' in error) return error.violations as readonly Violation[];
  }
  return [];
}

export const MATRIX = [input('X', 'FP32', [-1, 2])];
export const COLUMNS = [input('age', 'INT64', [-1, 1]), input('city', 'BYTES', [-1, 1])];
export const column = (name: string | undefined, type: unknown, more: object = {}) => ({
  ...(name !== undefined && { name }),
  type,
  ...more,
});
export const tensor = (dtype: string, shape: readonly number[], name?: string) => ({
  ...(name !== undefined && { name }),
  type: 'tensor',
  'tensor-spec': { dtype, shape },
});
export const split = (columns: readonly string[], data: readonly unknown[]) =>
  JSON.stringify({ dataframe_split: { columns, data } });
