import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handWrittenManifestSchema, manifestSchema, nameSchema } from '../../shared/registry/manifest';

const page = readFileSync(join(__dirname, '../../docs/reference/manifest.md'), 'utf8');

describe('docs/reference/manifest.md', () => {
  test('lists every key of the manifest and no other', () => {
    const keys = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
    expect(keys.sort()).toEqual(Object.keys(manifestSchema.shape).sort());
  });

  test('says which keys a manifest written by hand may leave out', () => {
    const required = [...page.matchAll(/^\| `(\w+)`.*\| required +\|$/gm)].map(([, key]) => key);
    const { error } = handWrittenManifestSchema.safeParse({});
    expect(error?.issues.map(({ path }) => path[0])).toEqual(required);
  });

  test('shows an example that is valid', () => {
    const example = /```json\n([^`]+)```/.exec(page)?.[1] ?? '';
    expect(handWrittenManifestSchema.safeParse(JSON.parse(example)).error).toBeUndefined();
  });
});

describe('manifestSchema', () => {
  const withShape = (shape: unknown, symbols: unknown) =>
    manifestSchema.shape.signature.safeParse({
      inputs: [{ name: 'x', datatype: 'FP32', shape, symbols }],
      outputs: [],
    });

  test('an unnamed dimension is null in JSON and undefined in memory', () => {
    expect(withShape([-1, 3], ['N', null]).data?.inputs[0]?.symbols).toEqual(['N', undefined]);
  });

  test('there are as many symbols as dimensions', () => {
    expect(withShape([-1, 3], ['N']).success).toBe(false);
    expect(withShape(undefined, ['N']).success).toBe(false);
  });
});

describe('nameSchema', () => {
  test.each(['a', 'route-SEA.SFO_1', '1', '-', 'a'.repeat(128)])('%s is a name', (name) => {
    expect(nameSchema.safeParse(name).success).toBe(true);
  });

  test.each(['', '.a', 'a/b', 'a b', 'é', 'a'.repeat(129), '__proto__'])('%j is none', (name) => {
    expect(nameSchema.safeParse(name).success).toBe(false);
  });
});
