import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { recordedParts, temporaryFolder, until } from './hub-harness';

const ROOT = resolve(__dirname, '../../..');
const BUILD = join(ROOT, '.build/fixtures/sigkill');
const PARTS = 60;

/** A host of one job; it notes every activity that it begins. */
const HOST = `
const { appendFileSync } = require('node:fs');
const core = require('./local/functions-core');
core.installFunctionsCore(core);
const df = require('durable-functions');
const { invokeFunction } = require('./local/invocation');
const { TaskHub } = require('./local/durable/task-hub');
const [folder, ran] = process.argv.slice(2);
df.app.activity('part', { handler: async ({ index }) => {
  appendFileSync(ran, index + '\\n');
  await new Promise((done) => setTimeout(done, index % 4));
  return index * 2;
} });
df.app.orchestration('job', function* (context) {
  const results = [];
  for (let wave = 0; wave < ${PARTS}; wave += 10) {
    const tasks = Array.from({ length: 10 }, (_, n) => context.df.callActivity('part', { index: wave + n }));
    results.push(...(yield context.df.Task.all(tasks)));
  }
  return results.reduce((sum, value) => sum + value, 0);
});
const functions = [...core.registeredFunctions.values()].map(({ name, trigger }) => ({ name, triggerType: trigger.type }));
const hub = new TaskHub({
  folder, hubName: 'Killed', invoke: invokeFunction, functions: () => functions,
  maxConcurrentActivities: 4, maxConcurrentOrchestrators: 2, baseUrl: 'http://127.0.0.1', log: () => {},
});
hub.open();
(async () => {
  if (!hub.status('job')) await hub.start('job', {}, 'job');
  const { output } = await hub.waitFor('job');
  await hub.close();
  console.log(JSON.stringify(output));
})();
`;

function buildHost(): string {
  for (const folder of ['local', 'local/durable']) {
    for (const name of readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.ts'))) {
      const target = join(BUILD, folder, name.replace(/\.ts$/, '.js'));
      const compilerOptions = {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
      };
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(
        target,
        ts.transpileModule(readFileSync(join(ROOT, folder, name), 'utf8'), { compilerOptions }).outputText,
      );
    }
  }
  writeFileSync(join(BUILD, 'host.js'), HOST);
  return join(BUILD, 'host.js');
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

interface Round {
  readonly output: string;
  readonly partsRun: readonly number[];
}

/** Runs the host and kills it when the condition on the number of activities begun holds, or lets it end. */
async function runHost(
  host: string,
  folder: string,
  killWhen: (begun: number) => boolean = () => false,
): Promise<Round> {
  const ran = join(folder, 'ran.txt');
  const before = linesOf(ran).length;
  const child = spawn(process.execPath, [host, folder, ran], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let hasEnded = false;
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.once('close', () => (hasEnded = true));
  await until(() => hasEnded || killWhen(linesOf(ran).length - before));
  child.kill('SIGKILL');
  await until(() => hasEnded);
  return { output, partsRun: linesOf(ran).slice(before).map(Number) };
}

function partsOnRecord(folder: string): number[] {
  const lines = linesOf(join(folder, 'journal-0.jsonl'));
  return recordedParts(lines.filter((line) => line.endsWith('}')));
}

test('a host that is killed again and again loses nothing and repeats no recorded activity', async () => {
  const host = buildHost();
  const folder = temporaryFolder();
  for (let kill = 1; kill <= 10; kill++) {
    const recorded = partsOnRecord(folder);
    // In turns: as soon as some activities have begun, and when two more have ended on record.
    const { partsRun } = await runHost(host, folder, (begun) =>
      kill % 2 === 0 ? begun >= 4 + (kill % 3) : partsOnRecord(folder).length >= recorded.length + 2,
    );
    expect(partsRun.filter((index) => recorded.includes(index))).toEqual([]);
  }
  const recorded = partsOnRecord(folder);
  expect(recorded.length).toBeGreaterThan(5);
  const last = await runHost(host, folder);
  expect(last.partsRun.filter((index) => recorded.includes(index))).toEqual([]);
  expect(JSON.parse(last.output)).toBe(PARTS * (PARTS - 1));
  rmSync(folder, { recursive: true });
});
