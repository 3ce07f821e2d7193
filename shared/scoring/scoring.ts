import type { ColumnValues } from '../features/feature-set';
import type { ModelVersion } from '../registry/catalog';

/** Rows by column, as a batch reader or a decoded online request gives them. */
export interface ColumnBatch {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ColumnValues>;
}

/** One column of predictions; `values` has one element a row. Rows not scored hold NaN, 0n or ''. */
export type PredictionColumn =
  | { readonly name: string; readonly datatype: 'FP32'; readonly values: Float32Array }
  | { readonly name: string; readonly datatype: 'FP64'; readonly values: Float64Array }
  | { readonly name: string; readonly datatype: 'INT64'; readonly values: BigInt64Array }
  | { readonly name: string; readonly datatype: 'BYTES'; readonly values: string[] };

export interface ScoredBatch {
  readonly predictions: readonly PredictionColumn[];
  /** Models that took part; `modelOfRow` indexes it, −1 where the row found none. */
  readonly models: readonly ModelVersion[];
  readonly modelOfRow: Int32Array;
  /** Why a row has no prediction: row index (0-based) → reason. Rows not named here are scored. */
  readonly rejected: ReadonlyMap<number, string>;
}
