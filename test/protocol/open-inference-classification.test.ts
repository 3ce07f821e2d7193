import { topClasses } from '../../shared/protocol/open-inference/classification';
import type { Tensor } from '../../shared/tensor/tensor';

const scores: Tensor = {
  datatype: 'FP32',
  shape: [2, 3],
  data: Float32Array.of(0.25, 0.5, 0.125, 0, NaN, 1),
};

describe('topClasses', () => {
  test('gives the best of each row, best first, with labels where there are some', () => {
    expect(topClasses('y', scores, 2, ['cat', 'dog', 7n])).toEqual({
      datatype: 'BYTES',
      shape: [2, 2],
      data: ['0.500000:1:dog', '0.250000:0:cat', '1.000000:2:7', '0.000000:0:cat'],
    });
    expect(topClasses('y', scores, 1)).toMatchObject({ data: ['0.500000:1', '1.000000:2'] });
  });

  test('gives no more than there are, NaN last', () => {
    expect(topClasses('y', scores, 9)).toMatchObject({ shape: [2, 3], data: { 5: 'NaN:1' } });
  });

  test.each<[Tensor, readonly number[], readonly string[]]>([
    [
      { datatype: 'INT64', shape: [3], data: BigInt64Array.of(5n, 2n ** 53n + 1n, 5n) },
      [2],
      ['9007199254740993:1', '5:0'],
    ],
    [
      { datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0x4000) },
      [2],
      ['2.000000:1', '1.000000:0'],
    ],
    [{ datatype: 'UINT8', shape: [1, 2, 2], data: Uint8Array.of(1, 2, 3, 2) }, [1, 2], ['3:2', '2:1']],
    [{ datatype: 'FP32', shape: [0, 3], data: new Float32Array() }, [0, 0], []],
  ])('%p', (tensor, shape, data) => {
    expect(topClasses('y', tensor, 2)).toEqual({ datatype: 'BYTES', shape, data });
  });

  test.each([0, -1, 1.5, '2', true, undefined])('a count of %p is refused', (count) => {
    expect(() => topClasses('y', scores, count)).toThrow('The classification of output "y" is');
  });

  test('texts have no best', () => {
    expect(() => topClasses('y', { datatype: 'BYTES', shape: [1], data: ['a'] }, 1)).toThrow(
      'its values are texts',
    );
  });
});
