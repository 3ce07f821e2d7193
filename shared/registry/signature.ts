import type { Datatype } from '../tensor/tensor';

export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  /** One size a dimension, −1 where it varies; undefined where the model does not say its rank. */
  readonly shape: readonly number[] | undefined;
  /** The symbolic names of dimensions, same length as `shape`; undefined where fixed or unnamed. */
  readonly symbols?: readonly (string | undefined)[];
}

/** What a model takes and gives: inputs without initialisers, outputs, both in the file's order. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
