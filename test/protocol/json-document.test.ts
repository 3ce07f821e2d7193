import { describeJson, parseJson, type JsonValue } from '../../shared/protocol/json-document';
import { NumberArray } from '../../shared/protocol/json-numbers';
import { seededRandom } from './seeded-random';

/** As JSON.parse would give it. */
function plain(value: JsonValue): unknown {
  if (value instanceof NumberArray) {
    return value.shape?.length === 1
      ? [...value.values]
      : value.shape === undefined
        ? 'ragged'
        : nested(value);
  }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, member]: [string, JsonValue]) => [name, plain(member)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

function nested({ values, shape = [] }: NumberArray): unknown {
  const step = (depth: number, start: number, end: number): unknown => {
    const size = shape[depth] ?? 0;
    if (depth === shape.length) return values[start];
    const width = (end - start) / size;
    return Array.from({ length: size }, (_, index) =>
      step(depth + 1, start + index * width, start + (index + 1) * width),
    );
  };
  return step(0, 0, values.length);
}

function faultOf(text: string): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch (error) {
    return error;
  }
}

describe('parseJson', () => {
  test.each([
    '{"id":"1","inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2.5],[-3e2,4]]}],"outputs":[]}',
    '[]',
    '[[],[]]',
    '[{"a":1,"b":null},{"a":2,"b":"x"}]',
    '[[1,"a"],[2,"b"],[true,false]]',
    '{"a":{"b":{"c":[]}}}',
    '"text with \\"quotes\\", \\u00e9, \\ud83d\\ude00, \\\\ and \\n"',
    '"zażółć 😀 € \\u0041"',
    ' \t\r\n {"a" : 1 , "b" : [ 1 , "2" ] } \n',
    '-12.5e-3',
    '9007199254740991',
    'null',
    '[null,1,2]',
    '{"constructor":1,"toString":[1]}',
  ])('reads what JSON.parse reads: %s', (text) => {
    expect(plain(parseJson(Buffer.from(text)))).toEqual(JSON.parse(text));
  });

  test('arrays of numbers come as one typed array, whole numbers past 2^53 as bigint', () => {
    const value = parseJson(
      Buffer.from('{"data":[[1,2],[3,4]],"id":9007199254740993,"least":-9223372036854775808}'),
    );
    if (!(value instanceof Map)) throw new Error('not an object');
    expect(value.get('data')).toBeInstanceOf(NumberArray);
    expect(value.get('id')).toBe(9_007_199_254_740_993n);
    expect(value.get('least')).toBe(-(2n ** 63n));
  });

  test('members keep their order, also those that look like indexes, and the last of equal names wins', () => {
    const value = parseJson(Buffer.from('{"10":"a","9":"b","__proto__":{"x":"y"},"9":"c"}'));
    if (!(value instanceof Map)) throw new Error('not an object');
    expect([...value.keys()]).toEqual(['10', '9', '__proto__']);
    expect(value.get('9')).toBe('c');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('takes the tokens that Python writes, and a byte order mark', () => {
    expect(plain(parseJson(Buffer.from('\ufeff[NaN,Infinity,-Infinity,null]')))).toEqual([
      NaN,
      Infinity,
      -Infinity,
      null,
    ]);
    expect(plain(parseJson(Buffer.from('{"a":NaN}')))).toEqual({ a: NaN });
  });

  test.each([
    ['', 'expected a JSON value at byte 0, found the end'],
    ['{"a":1', 'expected "," or "}" at byte 6, found the end'],
    ['{"a" 1}', 'expected ":" at byte 5, found "1}"'],
    ['{a:1}', 'expected a member name in quotes at byte 1, found "a:1}"'],
    ['{"a":1,}', 'expected a member name in quotes at byte 7, found "}"'],
    ['[1,2', 'expected "," or "]" at byte 4, found the end'],
    ['[1,]', 'expected a JSON value at byte 3, found "]"'],
    ['["a",01]', 'expected a JSON value at byte 6, found "1]"'],
    ['["a",1.]', 'expected a JSON value at byte 6, found ".]"'],
    ['{"a":tru}', 'expected a JSON value at byte 5, found "tru}"'],
    ['"abc', 'expected the closing quote of the text at byte 4, found the end'],
    ['"a\\x"', 'expected a valid escape at byte 2, found "\\\\x\\""'],
    ['"é\\u12g4"', 'expected a valid escape at byte 3, found'],
    ['"a\nb"', 'expected an escaped control character at byte 2'],
    ['{} x', 'expected the end of the document at byte 3, found "x"'],
    ['[NaNs]', 'expected a JSON value at byte 1, found "NaNs]"'],
    ["{'a':1}", 'expected a member name in quotes at byte 1'],
  ])('%s is refused with the byte', (text, message) => {
    expect(faultOf(text)).toMatchObject({
      code: 'invalid-payload',
      message: expect.stringContaining(message) as string,
    });
  });

  test('nesting past a hundred levels is refused, not a stack overflow', () => {
    expect(() => parseJson(Buffer.from('['.repeat(1_000_000)))).toThrow('at most 100 levels at byte 100');
    expect(() => parseJson(Buffer.from('{"a":'.repeat(1_000_000)))).toThrow('at most 100 levels');
  });

  test('time stays linear where every level of a mixed array looks like numbers', () => {
    const cpuMs = (levels: number) => {
      const body = Buffer.from(`${'['.repeat(levels)}${'1,'.repeat(300_000)}"a"${']'.repeat(levels)}`);
      const started = process.cpuUsage();
      parseJson(body);
      return process.cpuUsage(started).user / 1_000;
    };
    cpuMs(1);
    expect(cpuMs(99) / cpuMs(1)).toBeLessThan(4);
  });

  test('whatever the bytes are, it answers a value or says invalid-payload', () => {
    const seed = Buffer.from(
      '{"inputs":[{"name":"x","data":[[1,2.5e3,NaN],["\\u00e9",null]],"ok":true}],"n":-0}',
    );
    const random = seededRandom(3);
    const next = (limit: number) => Math.floor(random() * limit);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Buffer.from(seed);
      for (let edit = 0; edit <= next(3); edit += 1) bytes[next(bytes.length)] = next(256);
      try {
        parseJson(bytes.subarray(0, 1 + next(bytes.length)));
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-payload' });
      }
    }
  });
});

describe('describeJson', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [true, 'true'],
    [12n, '12'],
    ['x', '"x"'],
    ['y'.repeat(50), `"${'y'.repeat(40)}…"`],
    [[], 'an array'],
    [new Map(), 'an object'],
  ])('%p is %s', (value, text) => {
    expect(describeJson(value)).toBe(text);
  });
});
