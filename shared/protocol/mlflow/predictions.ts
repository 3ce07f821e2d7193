import type { Tensors } from '../../tensor/tensor';
import { nestedTensorJson, rowTexts } from '../tensor-json-text';
import type { ModelFeeds } from './model-feeds';

/**
 * The predictions of a request as JSON text. The form `rows` is an array of objects, one value an output (a list where
 * an output has several a row); `object`, and rows whose outputs are not one a row, is an object of nested arrays.
 */
export function predictionsJson(outputs: Tensors, { form, rows }: ModelFeeds): string {
  const named = Object.entries(outputs);
  const isPerRow = named.every(([, { shape }]) => shape[0] === rows);
  if (form === 'object' || !isPerRow) {
    return `{${named.map(([name, tensor]) => `${JSON.stringify(name)}:${nestedTensorJson(tensor, name)}`).join(',')}}`;
  }
  const columns = named.map(([name, tensor]) => ({
    name: JSON.stringify(name),
    texts: rowTexts(tensor, name),
  }));
  const objects = Array.from({ length: rows }, (_, row) => {
    const members = columns.map(({ name, texts }) => `${name}:${texts[row] ?? 'null'}`);
    return `{${members.join(',')}}`;
  });
  return `[${objects.join(',')}]`;
}

/** The answer of `/invocations`. */
export function encodeInvocationAnswer(outputs: Tensors, feeds: ModelFeeds): string {
  return `{"predictions":${predictionsJson(outputs, feeds)}}`;
}
