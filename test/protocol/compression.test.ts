import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { chooseAnswerEncoding, compressAnswer, decompress } from '../../shared/protocol/compression';

const BODY = Buffer.from('{"inputs":[{"name":"x","data":[1,2,3]}]}');
const LIMIT = 1_000_000;

describe('decompress', () => {
  test.each([
    ['gzip', gzipSync(BODY)],
    ['x-gzip', gzipSync(BODY)],
    [' GZIP ', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['gzip', Buffer.concat([gzipSync(BODY.subarray(0, 10)), gzipSync(BODY.subarray(10))])],
    ['identity', BODY],
    ['', BODY],
    [undefined, BODY],
  ])('%s gives the body back', async (encoding, body) => {
    expect(Buffer.from(await decompress(body, encoding, LIMIT))).toEqual(BODY);
  });

  test('a body of exactly the limit passes, one byte more does not, in every encoding', async () => {
    for (const [encoding, encode] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['identity', (bytes: Buffer) => bytes],
    ] as const) {
      expect(await decompress(encode(Buffer.alloc(1_000)), encoding, 1_000)).toHaveLength(1_000);
      await expect(decompress(encode(Buffer.alloc(1_001)), encoding, 1_000)).rejects.toMatchObject({
        code: 'payload-too-large',
        message: 'The body is over the limit of 1000 bytes',
      });
    }
  });

  test('a bomb of a gigabyte stops at the limit', async () => {
    const piece = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => piece));
    const before = process.memoryUsage.rss();
    await expect(decompress(bomb, 'gzip', LIMIT)).rejects.toMatchObject({ code: 'payload-too-large' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ['gzip', BODY],
    ['gzip', gzipSync(BODY).subarray(0, 20)],
    ['gzip', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['deflate', Buffer.concat([deflateSync(BODY), Buffer.from('more')])],
    ['gzip', Buffer.alloc(0)],
  ])('a broken %s stream is an invalid payload', async (encoding, body) => {
    await expect(decompress(body, encoding, LIMIT)).rejects.toMatchObject({
      code: 'invalid-payload',
      message: expect.stringContaining(`The body is not valid ${encoding}: `) as string,
    });
  });

  test('a flipped bit is found by the checksum', async () => {
    const body = gzipSync(BODY);
    body[body.length - 6] = (body[body.length - 6] ?? 0) ^ 1;
    await expect(decompress(body, 'gzip', LIMIT)).rejects.toMatchObject({ code: 'invalid-payload' });
  });

  test.each(['br', 'gzip, deflate', 'zstd'])('%s is not served and says what is', async (encoding) => {
    await expect(decompress(BODY, encoding, LIMIT)).rejects.toMatchObject({
      code: 'unsupported-media-type',
      message: `The body comes in the encoding ${JSON.stringify(encoding)}, expected one of gzip, deflate, identity`,
    });
  });
});

describe('chooseAnswerEncoding', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['deflate, gzip', 'gzip'],
    ['gzip;q=0.1, deflate;q=0.5', 'deflate'],
    ['gzip;q=0, deflate', 'deflate'],
    ['gzip;q=0', undefined],
    ['*', 'gzip'],
    ['GZIP; q=1.0', 'gzip'],
    ['br;q=1.0', undefined],
    ['gzip;q=x', undefined],
  ])('%s chooses %s', (accept, encoding) => {
    expect(chooseAnswerEncoding(accept)).toBe(encoding);
  });
});

describe('compressAnswer', () => {
  test('what it writes, zlib reads', () => {
    expect(gunzipSync(compressAnswer(BODY, 'gzip'))).toEqual(BODY);
    expect(inflateSync(compressAnswer(BODY, 'deflate'))).toEqual(BODY);
  });
});
