import { DATATYPES } from '../../shared/tensor/tensor';
import { datatypeOfElemType, nameOfElemType } from '../../shared/tensor/onnx-type';
import { ELEM_TYPES } from '../support/onnx-builder';

describe('datatypeOfElemType', () => {
  test('knows every served datatype by its ONNX number', () => {
    const served = Object.entries(ELEM_TYPES).filter(([name]) => name in DATATYPES);
    expect(served).toHaveLength(Object.keys(DATATYPES).length);
    for (const [name, elemType] of served) expect(datatypeOfElemType(elemType)).toBe(name);
  });

  test.each([
    [ELEM_TYPES.BF16, 'bfloat16'],
    [ELEM_TYPES.COMPLEX64, 'complex64'],
    [ELEM_TYPES.FP8E4M3FN, 'float8e4m3fn'],
    [ELEM_TYPES.INT4, 'int4'],
    [99, 'unknown type 99'],
    [0, 'unknown type 0'],
  ])('%i is not served, and has the name %s', (elemType, name) => {
    expect(datatypeOfElemType(elemType)).toBeUndefined();
    expect(nameOfElemType(elemType)).toBe(name);
  });
});
