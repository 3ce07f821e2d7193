import type { Signature } from '../registry/signature';
import { parseTensor } from '../tensor/parse-tensor';
import { elementCount, type Tensors } from '../tensor/tensor';
import { allocateElements } from '../tensor/tensor-check';
import type { InferenceSession } from './engine';

const RUNS = 3;

/** The fastest of a few runs on one row of zeros, ms; undefined where the model does not run on them. Warms it up too. */
export async function measureRunMs(session: InferenceSession): Promise<number | undefined> {
  const inputs = zeroInputs(session.signature);
  try {
    await session.run(inputs);
    let fastestMs = Infinity;
    for (let run = 0; run < RUNS; run += 1) {
      const started = performance.now();
      await session.run(inputs);
      fastestMs = Math.min(fastestMs, performance.now() - started);
    }
    return fastestMs;
  } catch {
    return undefined; // not every model takes zeros; its first real request then tells what is wrong
  }
}

/** Inputs that fit the signature: dimensions that vary are 1, numbers 0, text empty. */
function zeroInputs(signature: Signature): Tensors {
  return Object.fromEntries(
    signature.inputs.map(({ name, datatype, shape = [1] }) => {
      const sizes = shape.map((size) => (size === -1 ? 1 : size));
      const data = allocateElements(datatype, elementCount(sizes));
      if (Array.isArray(data)) data.fill('');
      return [name, parseTensor(datatype, sizes, data)];
    }),
  );
}
