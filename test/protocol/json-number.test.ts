import { readNumber } from '../../shared/protocol/json-number';
import { NumberArray, scanNumbers } from '../../shared/protocol/json-numbers';
import { seededRandom } from './seeded-random';

function doubleOfRandomBits(next: () => number): number {
  const words = Uint32Array.of(next() * 2 ** 32, next() * 2 ** 32);
  const value = new Float64Array(words.buffer)[0] ?? 0;
  return Number.isFinite(value) ? value : 0;
}

/** One number in the many ways that a writer may print it. */
function printed(value: number, next: () => number): string[] {
  const digits = 1 + Math.floor(next() * 21);
  const texts = [
    String(value),
    value.toExponential(),
    value.toPrecision(digits),
    value.toExponential(digits - 1),
  ];
  if (Math.abs(value) < 1e21) texts.push(value.toFixed(digits));
  const text = texts[Math.floor(next() * texts.length)] ?? '0';
  return [...texts, text.replace('e', 'E'), /[.e]/.test(text) ? text : `${text}.000`];
}

function expectSameAsJsonParse(texts: readonly string[]): void {
  const document = `[${texts.join(',')}]`;
  const wanted = JSON.parse(document) as number[];
  const scanned = scanNumbers(Buffer.from(document), 0);
  if (!(scanned instanceof NumberArray))
    throw new Error(`stopped at ${document.slice(scanned, scanned + 40)}`);
  const wrong = texts.filter((text, index) => {
    const read = readNumber(Buffer.from(text), 0, text.length);
    return !Object.is(scanned.values[index], wanted[index]) || !Object.is(read, wanted[index]);
  });
  expect(wrong).toEqual([]);
}

describe('number scanner', () => {
  test('equals JSON.parse on doubles of random bits, printed many ways', () => {
    const next = seededRandom(7);
    const texts: string[] = [];
    for (let index = 0; index < 30_000; index += 1) texts.push(...printed(doubleOfRandomBits(next), next));
    expectSameAsJsonParse(texts);
  });

  test('equals JSON.parse on everyday sizes, as Python and JavaScript print them', () => {
    const next = seededRandom(11);
    const texts: string[] = [];
    for (let index = 0; index < 30_000; index += 1) {
      const value = (next() - 0.5) * 10 ** Math.floor(next() * 12 - 4);
      texts.push(...printed(value, next), ...printed(Math.fround(value), next));
    }
    expectSameAsJsonParse(texts);
  });

  test('equals JSON.parse exactly half way between two doubles, and a digit beside', () => {
    const next = seededRandom(13);
    const texts: string[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      const odd = BigInt(Math.floor(next() * 2 ** 52)) * 2n + (1n << 53n) + 1n;
      const places = Math.floor(next() * 12);
      const halfWay = (odd * 10n ** BigInt(places)) / 2n ** BigInt(Math.floor(next() * places + 1));
      for (const whole of [halfWay - 1n, halfWay, halfWay + 1n]) {
        const digits = whole.toString().padStart(places + 1, '0');
        texts.push(places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`);
      }
    }
    expectSameAsJsonParse(texts);
  });

  test('equals JSON.parse on digits at random, up to 40 of them, with leading zeros after the point', () => {
    const next = seededRandom(17);
    const digits = (most: number) =>
      Array.from({ length: Math.floor(next() * most) }, () => Math.floor(next() * 10)).join('');
    const texts: string[] = [];
    for (let index = 0; index < 60_000; index += 1) {
      const whole = next() < 0.5 ? '0' : `${1 + Math.floor(next() * 9)}${digits(20)}`;
      const fraction = next() < 0.2 ? '' : `.${'0'.repeat(next() * 6)}${digits(20)}0`;
      const exponent = next() < 0.7 ? '' : `e${Math.floor(next() * 700 - 350)}`;
      texts.push(`${next() < 0.5 ? '-' : ''}${whole}${fraction}${exponent}`);
    }
    expectSameAsJsonParse(texts);
  });

  test.each([
    ['0', '-0', '-0.0', '0e5', '-0E-7', '0.00', '1e308', '1e309', '-1e400', '5e-324', '2e-324', '1e-400'],
    [
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '18446744073709551615',
      '1e22',
      '1e23',
      '123e-22',
    ],
    ['8.41e+21', '9.5e-3', '2.2250738585072011e-308', '1.7976931348623157e308', '1.7976931348623159e308'],
  ])('equals JSON.parse at the edges: %s …', (...texts) => {
    expectSameAsJsonParse(texts);
  });
});
