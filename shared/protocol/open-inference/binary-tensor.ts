import { isUtf8 } from 'node:buffer';
import { DATATYPES, type Datatype, type Tensor } from '../../tensor/tensor';
import { parseTensor } from '../../tensor/parse-tensor';
import { ELEMENT_ARRAYS } from '../../tensor/tensor-check';

const PREFIX_BYTES = 4;

/**
 * A tensor out of its wire form: little-endian, row-major, without padding; BOOL one byte; BYTES a uint32 length before
 * each element. Aligned elements are a view of `bytes`, others a copy. What does not fit `count` elements is thrown as
 * {@link BinaryProblem}. Texts must be UTF-8 without U+0000: onnxruntime would alter others.
 */
export function readBinaryTensor(
  bytes: Uint8Array,
  datatype: Datatype,
  shape: readonly number[],
  count: number,
): Tensor {
  if (datatype === 'BYTES') return { datatype, shape, data: readTexts(bytes, count) };
  const { bytes: elementBytes } = DATATYPES[datatype];
  if (bytes.length !== count * elementBytes) {
    throw new BinaryProblem(
      `${count * elementBytes} bytes (${count} × ${datatype})`,
      `${bytes.length} bytes`,
    );
  }
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && bytes.byteOffset % elementBytes === 0) {
    return parseTensor(datatype, shape, new ELEMENT_ARRAYS[datatype](buffer, bytes.byteOffset, count));
  }
  return parseTensor(datatype, shape, new ELEMENT_ARRAYS[datatype](new Uint8Array(bytes).buffer, 0, count));
}

/** The wire form of a tensor: a view of its elements; a new array for BYTES. */
export function binaryOfTensor(tensor: Tensor): Uint8Array {
  if (tensor.datatype !== 'BYTES') {
    const { buffer, byteOffset, byteLength } = tensor.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  const texts = tensor.data;
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.alloc(lengths.reduce((total, length) => total + PREFIX_BYTES + length, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    at = bytes.writeUInt32LE(lengths[index] ?? 0, at);
    at += bytes.write(text, at);
  }
  return bytes;
}

/** What a binary tensor should be and what came instead. */
export class BinaryProblem extends Error {
  readonly expected: string;
  readonly received: string;

  constructor(expected: string, received: string) {
    super(`expected ${expected}, received ${received}`);
    this.expected = expected;
    this.received = received;
  }
}

function readTexts(bytes: Uint8Array, count: number): string[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < count * PREFIX_BYTES) {
    throw new BinaryProblem(
      `${count} elements, each with a length of ${PREFIX_BYTES} bytes`,
      `${view.length} bytes`,
    );
  }
  const texts: string[] = [];
  let at = 0;
  while (texts.length < count && at + PREFIX_BYTES <= view.length) {
    const start = at + PREFIX_BYTES;
    at = start + view.readUInt32LE(at);
    if (at > view.length) {
      throw new BinaryProblem(
        `element ${texts.length} of at most ${view.length - start} bytes`,
        `a length of ${at - start}`,
      );
    }
    texts.push(textOf(view.subarray(start, at), texts.length));
  }
  if (texts.length < count) throw new BinaryProblem(`${count} elements`, `${texts.length} elements`);
  if (at < view.length)
    throw new BinaryProblem(`${count} elements`, `${view.length - at} bytes after the last`);
  return texts;
}

function textOf(bytes: Buffer, index: number): string {
  if (!isUtf8(bytes)) throw new BinaryProblem('text in UTF-8', `other bytes in element ${index}`);
  if (bytes.includes(0)) throw new BinaryProblem('text without U+0000', `it in element ${index}`);
  return bytes.toString();
}
