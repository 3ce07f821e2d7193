import { parseBlobPath } from '../../../local/triggers/blob-path';

describe('parseBlobPath', () => {
  test.each([
    ['incoming/{name}', 'a.bin', { name: 'a.bin' }],
    ['incoming/{name}', 'x/y/a.bin', { name: 'x/y/a.bin' }],
    ['bad/{folder}/{file}.{ext}', 'f/α b.tar.gz', { folder: 'f', file: 'α b.tar', ext: 'gz' }],
    ['inbox/{endpoint}/{path}', 'e/2026/a.csv', { endpoint: 'e/2026', path: 'a.csv' }],
    ['in/fixed/{name}.csv', 'fixed/a.csv', { name: 'a' }],
    ['in/fixed/{name}.csv', 'other/a.csv', undefined],
    ['in/fixed/{name}.csv', 'fixed/a.json', undefined],
    ['in/{{a}}/{b}', '{a}/c', { b: 'c' }],
    ['in', 'anything/at.all', {}],
  ])('%s takes of %s the parameters %j', (path, name, parameters) => {
    expect(parseBlobPath(path).match(name)).toEqual(parameters);
  });

  test('only blobs under the literal beginning need listing', () => {
    expect(parseBlobPath('in/a/b-{name}/c')).toMatchObject({ container: 'in', prefix: 'a/b-' });
  });

  test.each(['{c}/a', '/a'])('%s has no container, which is an error', (path) => {
    expect(() => parseBlobPath(path)).toThrow(/container/);
  });
});
