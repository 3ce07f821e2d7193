import { NumberArray, scanNumbers } from '../../shared/protocol/json-numbers';

function scan(text: string): NumberArray {
  const scanned = scanNumbers(Buffer.from(text), 0);
  if (!(scanned instanceof NumberArray)) throw new Error(`stopped at byte ${scanned}`);
  return scanned;
}

describe('scanNumbers', () => {
  test.each([
    ['[1,2,3]', [1, 2, 3], [3]],
    ['[[1,2],[3,4],[5,6]]', [1, 2, 3, 4, 5, 6], [3, 2]],
    ['[ [ [1 ] ,\n[2]\t],\r[ [3],[4]] ]', [1, 2, 3, 4], [2, 2, 1]],
    ['[[1,2],[3]]', [1, 2, 3], undefined],
    ['[1,[2]]', [1, 2], undefined],
    ['[[1],2]', [1, 2], undefined],
    ['[[1],[[2]]]', [1, 2], undefined],
    ['[[[1]],[2]]', [1, 2], undefined],
    ['[[1],[]]', [1], undefined],
    ['[[1],[[]]]', [1], undefined],
    ['[]', [], [0]],
    ['[[],[]]', [], [2, 0]],
    ['[NaN,-Infinity,Infinity,1]', [NaN, -Infinity, Infinity, 1], [4]],
  ])('%s has these elements and this shape', (text, values, shape) => {
    const scanned = scan(text);
    expect([...scanned.values]).toEqual(values);
    expect(scanned.shape).toEqual(shape);
    expect(scanned.end).toBe(text.length);
  });

  test.each([
    ['[1,"a"]', 3],
    ['[1,null]', 3],
    ['[{"a":1}]', 1],
    ['[01]', 1],
    ['[-01]', 1],
    ['[1.]', 3],
    ['[.5]', 1],
    ['[+1]', 1],
    ['[-]', 1],
    ['[1e]', 3],
    ['[1e+]', 4],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['[1', 2],
    ['[', 1],
    ['[Nan]', 1],
    ['[NaNx]', 4],
    ['[1}', 2],
  ])('%s stops at byte %d', (text, position) => {
    expect(scanNumbers(Buffer.from(text), 0)).toBe(position);
  });

  test('reads from the middle of a body and says where the array ends', () => {
    const body = Buffer.from('{"data": [1,2] , "more": 1}');
    expect(scanNumbers(body, 9)).toMatchObject({ end: 14, shape: [2] });
  });

  test('reads a hundred levels and no more', () => {
    expect(scan(`${'['.repeat(100)}1${']'.repeat(100)}`).shape).toHaveLength(100);
    expect(typeof scanNumbers(Buffer.from(`${'['.repeat(101)}1${']'.repeat(101)}`), 0)).toBe('number');
  });

  test('knows where a double may have lost digits, and keeps the text of every element', () => {
    expect(scan('[1, 999999999999999, -2.5e3, 0.1234567890123456789]').isExact).toBe(true);
    expect(scan('[1e16]').isExact).toBe(false);
    const long = scan('[[9007199254740993], [-1]]');
    expect(long.isExact).toBe(false);
    expect(long.texts()).toEqual(['9007199254740993', '-1']);
  });

  test('any cut of a valid array stops without a result', () => {
    const text = '[[1.5,-2e-3],[NaN,4]]';
    for (let end = 0; end < text.length; end += 1) {
      expect(scanNumbers(Buffer.from(text.slice(0, end)), 0)).toBeLessThanOrEqual(end);
    }
  });
});
