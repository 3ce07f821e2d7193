import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pl from 'nodejs-polars';
import { z } from 'zod';
import { flightsPath } from '../../../examples/flights/flights-file';

const root = path.resolve(__dirname, '../../..');
const script = path.join(root, 'dist/examples/flights/demo.js');
const folder = mkdtempSync(path.join(tmpdir(), 'polyscore-demo-test-'));
const data = path.join(folder, 'data');
const input = path.join(folder, 'flights.parquet');
const report = path.join(folder, 'report.json');

/** Flights from two airports, of real ones; enough for models of routes and origins. */
beforeAll(() => {
  const frame = pl.readParquet(flightsPath()).filter(pl.col('origin').isIn(['LAS', 'MDW']));
  frame.writeParquet(input);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly printed: () => string;
  readonly ended: Promise<number>;
}

function startDemo(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [script, ...args], { cwd: folder, env: process.env });
  let text = '';
  const read = (chunk: Buffer) => (text += chunk.toString());
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return { child, printed: () => text, ended: once(child, 'exit').then(([code]) => Number(code)) };
}

async function untilPrinted({ child, printed, ended }: Run, part: string): Promise<void> {
  while (!printed().includes(part)) {
    const isOver = await Promise.race([ended, once(child.stdout ?? child, 'data').then(() => undefined)]);
    if (isOver !== undefined) throw new Error(`the demo ended with ${isOver}:\n${printed()}`);
  }
}

/** Command lines of running processes that name the demo's data folder. */
function processesOnFolder(): string[] {
  const lines = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(data) && !line.includes('demo.js'));
}

const figure = z.number();
const reportSchema = z.object({
  train: z.object({ models: figure, originModels: figure, seconds: figure }),
  promotion: z.object({ promoted: figure, rejected: figure }),
  discovery: z.object({ modelCount: figure }),
  online: z.object({ rows: figure, rowsScored: figure, p50Ms: figure }),
  batch: z.object({
    rowsIn: figure,
    rowsScored: figure,
    rowsRejected: figure,
    seconds: figure,
    rowsPerSecond: figure,
    models: figure,
  }),
  peakRssMiB: figure,
});

const options = ['--data', data, '--input', input, '--report', report];

describe('npm run demo', () => {
  test('goes the whole way on a part of the flights, again and again', async () => {
    for (let round = 1; round <= 2; round++) {
      const run = startDemo(...options);
      const code = await run.ended;
      if (code !== 0) throw new Error(`the demo ended with ${code}:\n${run.printed()}`);
      expect(run.printed()).not.toContain('\u001B');
      expect(run.printed()).toContain('[7/7]');
    }
    const rowsIn = pl.readParquet(input).height;
    const figures = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
    const { train, promotion, discovery, online, batch, peakRssMiB } = figures;
    expect(batch.rowsIn).toBe(rowsIn);
    expect(batch.rowsScored + batch.rowsRejected).toBe(rowsIn);
    expect(batch.rowsPerSecond).toBeGreaterThan(0);
    expect(train.models).toBeGreaterThan(50);
    expect(promotion.promoted + promotion.rejected).toBe(train.models + train.originModels);
    expect(discovery.modelCount).toBe(promotion.promoted);
    expect(online.rowsScored).toBe(online.rows);
    expect(online.p50Ms).toBeGreaterThan(0);
    expect(peakRssMiB).toBeGreaterThan(50);
    expect(existsSync(path.join(data, 'check/check.json'))).toBe(true);
    expect(processesOnFolder()).toEqual([]);
  }, 240_000);

  test('an interruption in the middle stops everything that was started', async () => {
    const run = startDemo(...options);
    await untilPrinted(run, '[1/7]');
    expect(processesOnFolder().length).toBeGreaterThan(0);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.printed()).toContain('Interrupted');
    expect(processesOnFolder()).toEqual([]);
  }, 120_000);

  test('a folder that the demo did not make is left alone', async () => {
    const foreign = mkdtempSync(path.join(folder, 'foreign-'));
    writeFileSync(path.join(foreign, 'thesis.txt'), 'mine');
    const run = startDemo('--data', foreign);
    expect(await run.ended).toBe(1);
    expect(run.printed()).toContain('choose another folder with --data');
    expect(readFileSync(path.join(foreign, 'thesis.txt'), 'utf8')).toBe('mine');
  });

  test.each([[['--dta', 'x']], [['extra']], [['--data', '']], [['--report']]])(
    'wrong options %j are answered with the usage and exit code 2',
    async (args) => {
      const run = startDemo(...args);
      expect(await run.ended).toBe(2);
      expect(run.printed()).toContain('Usage: npm run demo');
    },
  );

  test('--help tells the options', async () => {
    const run = startDemo('--help');
    expect(await run.ended).toBe(0);
    expect(run.printed()).toContain('--input <file>');
  });
});
