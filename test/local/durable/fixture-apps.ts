import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { registeredFunctions, registeredHooks, type RegisteredFunction } from '../../../local/functions-core';
import { type HubFunction } from '../../../local/durable/hub-function';

const ROOT = resolve(__dirname, '../../..');
const FIXTURES = resolve(ROOT, '../shared/fixtures/functions-host');
const BUILD = join(ROOT, '.build/fixtures');

/** `describe` where the recordings are at hand, else a skipped one that says so. */
export function describeRecordings(name: string, body: () => void): void {
  if (existsSync(FIXTURES)) {
    describe(name, body);
    return;
  }
  console.warn(`Skipped: ${name}. The recordings of the Functions host are not beside the project.`);
  describe.skip(name, () => {
    test('needs the recordings of the Functions host', () => undefined);
  });
}

export interface RecordedTurn {
  readonly instanceId: string;
  readonly input: {
    readonly history: readonly Record<string, unknown>[];
    readonly [member: string]: unknown;
  };
  readonly output?: unknown;
  readonly failure?: { readonly exception: { readonly message: string } };
}

export interface OrchestrationRecording {
  readonly file: string;
  readonly function: string;
  readonly instanceId: string;
  readonly turns: readonly RecordedTurn[];
}

export function orchestrationRecordings(): OrchestrationRecording[] {
  const files = existsSync(FIXTURES) ? readdirSync(join(FIXTURES, 'recordings')) : [];
  return files
    .filter((file) => file.startsWith('orchestration-'))
    .map((file) => ({ file, ...(recording(file) as Omit<OrchestrationRecording, 'file'>) }));
}

export function recording(file: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, 'recordings', file), 'utf8'));
}

/** Loads the apps that made the recordings; where both have a function of a name, the later one counts. */
export function loadFixtureApps(): void {
  const functions = new Map<string, RegisteredFunction>();
  for (const app of ['app', 'app2']) {
    registeredFunctions.clear();
    for (const file of compileApp(app)) jest.requireActual<object>(file);
    for (const [name, fn] of registeredFunctions) functions.set(name, fn);
  }
  registeredFunctions.clear();
  for (const [name, fn] of functions) registeredFunctions.set(name, fn);
  // The apps' hooks only print.
  registeredHooks.clear();
}

export function loadedFunctions(): HubFunction[] {
  return [...registeredFunctions.values()].map(({ name, trigger }) => ({ name, triggerType: trigger.type }));
}

function compileApp(app: string): string[] {
  const source = join(FIXTURES, 'apps', app, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.map((file) => {
    const from = join(source, file);
    const to = join(BUILD, app, `${relative(source, from).slice(0, -3)}.js`);
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, ts.transpileModule(readFileSync(from, 'utf8'), { compilerOptions }).outputText);
    return to;
  });
}
