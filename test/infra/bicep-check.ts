import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type BicepFile, parseBicepFiles } from './bicep-syntax';

export const PROJECT = path.resolve(__dirname, '../..');
export const INFRA = path.join(PROJECT, 'infra');
const TOOL = path.resolve(PROJECT, '../shared/tools/bicep-check');

/** Why tests that need the handed checker cannot run; undefined when they can. */
export const withoutChecker = fs.existsSync(path.join(TOOL, 'bicep-check.mjs'))
  ? undefined
  : `skipped: ${path.relative(PROJECT, TOOL)} is not here; az bicep build --file infra/main.bicep checks the same`;

/** `describe` where the checker is present; otherwise a described skip that prints the reason. */
export function describeWithChecker(name: string, body: () => void): void {
  if (withoutChecker === undefined) {
    describe(name, body);
    return;
  }
  process.stderr.write(`${name}: ${withoutChecker}\n`);
  describe.skip(`${name} (${withoutChecker})`, body);
}

/** Runs the checker strictly, from the project's root; `report` is what it printed. */
export function runChecker(...targets: readonly string[]): {
  readonly status: number;
  readonly report: string;
} {
  const args = [
    path.join(TOOL, 'bicep-check.mjs'),
    '--types',
    path.join(TOOL, 'types-pack.json'),
    '--strict',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, ...targets], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return { status: status ?? -1, report: stdout + stderr };
}

/** Syntax trees of all Bicep files under infra/, by path relative to it. Parsed by the checker's own parser. */
export function parseInfra(): ReadonlyMap<string, BicepFile> {
  const files = bicepFiles();
  const program = `
    import fs from 'node:fs';
    import { parse } from ${JSON.stringify(path.join(TOOL, 'parse.mjs'))};
    const files = JSON.parse(fs.readFileSync(0, 'utf8'));
    const bodies = files.map(([name, text]) => [name, parse(name, text).body]);
    process.stdout.write(JSON.stringify(bodies));`;
  const input = JSON.stringify(files.map((name) => [name, readInfra(name)]));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the Bicep parser failed: ${stderr}`);
  return new Map(parseBicepFiles(stdout));
}

/** Built-in role names by definition id, as the checker knows them. */
export function knownRoles(): Readonly<Record<string, string>> {
  const program = `import { ROLES } from ${JSON.stringify(path.join(TOOL, 'builtins.mjs'))};
    process.stdout.write(JSON.stringify(ROLES));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  return parseRoles(stdout);
}

/** Paths of all Bicep files, relative to infra/. */
export function bicepFiles(): readonly string[] {
  return fs
    .readdirSync(INFRA, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.bicep'))
    .sort();
}

export function readInfra(name: string): string {
  return fs.readFileSync(path.join(INFRA, name), 'utf8');
}

function parseRoles(json: string): Readonly<Record<string, string>> {
  return JSON.parse(json) as Record<string, string>;
}
