import { parseBlobPath, parseContainerName } from '../../shared/storage/blob-name';

describe('parseContainerName', () => {
  test.each(['models', 'a-b-1', '123', 'a'.repeat(63)])('%s is a name', (name) => {
    expect(parseContainerName(name)).toBe(name);
  });

  test.each(['', 'ab', 'a'.repeat(64), 'Models', '-models', 'models-', 'a--b', 'a.b', 'a/b', '..', 'a b'])(
    '%j is refused',
    (name) => {
      expect(() => parseContainerName(name)).toThrow(/^Container ".*": expected 3 to 63/);
    },
  );
});

describe('parseBlobPath', () => {
  test.each(['a', 'a/b/c.csv', 'k=v/ü 日本 😀.parquet', '...', '.hidden', 'a'.repeat(1_024)])(
    '%s is a path',
    (path) => {
      expect(parseBlobPath(path)).toBe(path);
    },
  );

  test.each([
    ['', 'at least one character'],
    ['a'.repeat(1_025), 'at most 1024 characters'],
    ['/a', 'empty segments'],
    ['a/', 'empty segments'],
    ['a//b', 'empty segments'],
    ['..', '".." segments'],
    ['a/../b', '".." segments'],
    ['./a', '".." segments'],
    ['a\\b', 'backslash'],
    ['a\u0000b', 'control characters'],
    ['a\nb', 'control characters'],
    ['a\u0085b', 'control characters'],
    ['a\ud800b', 'surrogate'],
    [Array(300).fill('a').join('/'), 'at most 254 segments'],
  ])('%j is refused', (path, reason) => {
    expect(() => parseBlobPath(path)).toThrow(reason);
  });
});
