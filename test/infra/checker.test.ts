import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeWithChecker, INFRA, runChecker } from './bicep-check';
import { CLOSED, ENVIRONMENTS, environment } from './environments';
import { type ValueObject } from './bicep-values';

describeWithChecker('infra/ against Azure’s own resource types', () => {
  test('the whole tree passes the strict check', () => {
    const { status, report } = runChecker('infra');
    expect(report).toMatch(/ 0 errors, 0 warnings/);
    expect(status).toBe(0);
  });

  test('parameters of every plan with one to four regions, open and closed, are accepted', () => {
    const { status, report } = checkParameters(
      ENVIRONMENTS.map(([name, , , parameters]) => [name, parameters]),
    );
    expect(report).toMatch(new RegExp(`^${String(ENVIRONMENTS.length)} files, .* 0 errors, 0 warnings`, 'm'));
    expect(status).toBe(0);
  });

  test.each<[string, ValueObject, string]>([
    ['a plan that does not exist', { plan: 'consumption' }, "'plan' cannot be 'consumption'"],
    [
      'a region without a code',
      { regions: [{ name: 'x', priority: 1, weight: 1, addressPrefix: '' }] },
      "'code'",
    ],
    [
      'a code of five letters',
      { regions: [{ name: 'x', code: 'abcde', priority: 1, weight: 1, addressPrefix: '' }] },
      'longer than 4',
    ],
    [
      'a priority of nine',
      { regions: [{ name: 'x', code: 'ab', priority: 9, weight: 1, addressPrefix: '' }] },
      'above 5',
    ],
    ['an EP4', { premiumSize: 'EP4' }, "'premiumSize' cannot be 'EP4'"],
    ['a firewall that is off', { frontDoor: { ...CLOSED.frontDoor, wafMode: 'Off' } }, "cannot be 'Off'"],
    ['a parameter that does not exist', { planKind: 'flex' }, "'planKind' is not a parameter"],
  ])('%s is refused', (_, more, complaint) => {
    const { status, report } = checkParameters([['bad', environment('flex', 1, more)]]);
    expect(status).toBe(1);
    expect(report).toContain(complaint);
  });
});

/** Writes each set of parameters as a .bicepparam file over main.bicep and checks them all at once. */
function checkParameters(sets: readonly (readonly [string, ValueObject])[]): {
  status: number;
  report: string;
} {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'polyscore-infra-'));
  try {
    const files = sets.map(([name, parameters]) => {
      const file = path.join(folder, `${name.replaceAll(/[^\w]+/g, '-')}.bicepparam`);
      const lines = Object.entries(parameters).map(([key, value]) => `param ${key} = ${bicepText(value)}`);
      fs.writeFileSync(file, [`using '${path.join(INFRA, 'main.bicep')}'`, ...lines, ''].join('\n'));
      return file;
    });
    return runChecker(...files);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function bicepText(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[\n${value.map(bicepText).join('\n')}\n]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const lines = Object.entries(value).map(([key, item]) => `${key}: ${bicepText(item)}`);
  return `{\n${lines.join('\n')}\n}`;
}
