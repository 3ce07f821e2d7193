import { DATATYPES, type Datatype } from '../../shared/tensor/tensor';
import { allocateElements, elementsProblem, shapeProblem } from '../../shared/tensor/tensor-check';

describe('shapeProblem', () => {
  test.each([[[]], [[0]], [[2, 3]], [[2 ** 20, 2 ** 20]]])('%j is a shape', (shape) => {
    expect(shapeProblem(shape)).toBeUndefined();
  });

  test.each([
    [[-1], 'dimension 0 is -1'],
    [[2, 1.5], 'dimension 1 is 1.5'],
    [[NaN], 'dimension 0 is NaN'],
    [[2 ** 60], 'dimension 0 is'],
    [[2 ** 40, 2 ** 40], 'too many elements'],
  ])('%j is not', (shape, problem) => {
    expect(shapeProblem(shape)).toContain(problem);
  });
});

describe('elementsProblem', () => {
  test('a scalar holds one element', () => {
    expect(elementsProblem([], 1)).toBeUndefined();
  });

  test('names both counts', () => {
    expect(elementsProblem([2, 3], 5)).toBe('shape [2, 3] holds 6 elements, there are 5');
  });

  test('a bad shape comes first', () => {
    expect(elementsProblem([-1], 5)).toContain('dimension 0');
  });
});

describe('allocateElements', () => {
  const datatypes = Object.keys(DATATYPES) as Datatype[];

  test.each(datatypes)('%s takes the bytes that the table says', (datatype) => {
    const elements = allocateElements(datatype, 3);
    expect(elements).toHaveLength(3);
    if (!Array.isArray(elements)) expect(elements.BYTES_PER_ELEMENT).toBe(DATATYPES[datatype].bytes);
  });
});
