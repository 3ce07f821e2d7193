import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as df from 'durable-functions';
import { closeHubs, openHub, recordedParts, temporaryFolder, resultOf } from './hub-harness';

const COUNT = 12;
const ran: number[] = [];

df.app.activity('part', {
  handler: async (input: { index: number }) => {
    ran.push(input.index);
    await new Promise((resolve) => setTimeout(resolve, input.index % 3));
    return { squared: input.index ** 2 };
  },
});
df.app.orchestration('lane', function* (context) {
  const { from } = context.df.getInput<{ from: number }>();
  const tasks = [0, 1, 2].map((offset) =>
    context.df.callActivityWithRetry('part', new df.RetryOptions(1, 2), { index: from + offset }),
  );
  const results = yield* resultOf<{ squared: number }[]>(context.df.Task.all(tasks));
  return results.map((result) => result.squared);
});
df.app.orchestration('job', function* (context) {
  const lanes = yield* resultOf<number[][]>(
    context.df.Task.all([0, 3, 6, 9].map((from) => context.df.callSubOrchestrator('lane', { from }))),
  );
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 5));
  const total = yield* resultOf<{ squared: number }>(
    context.df.callActivity('part', { index: lanes.flat().length }),
  );
  return { lanes, total };
});

afterEach(closeHubs);

interface FinishedRun {
  readonly lines: readonly string[];
  readonly output: unknown;
}

async function finishedRun(): Promise<FinishedRun> {
  const hub = openHub({ maxConcurrentActivities: 4 });
  const { output } = await hub.waitFor(await hub.start('job', {}, 'job'));
  await hub.close();
  const text = readFileSync(join(hub.options.folder, 'journal-0.jsonl'), 'utf8');
  return { lines: text.split('\n').slice(0, -1), output };
}

describe('TaskHub after a crash', () => {
  test('goes on from every prefix of its journal, whole or torn, and repeats no recorded activity', async () => {
    const { lines, output } = await finishedRun();
    expect(lines.length).toBeGreaterThan(30);
    expect(output).toMatchObject({ total: { squared: COUNT ** 2 } });
    for (let whole = 1; whole <= lines.length; whole++) {
      for (const isTorn of [false, true]) {
        const kept = lines.slice(0, whole).map((line) => `${line}\n`);
        const torn = isTorn ? (lines[whole] ?? '{"kind":"message"').slice(0, -5) : '';
        const folder = temporaryFolder();
        writeFileSync(join(folder, 'journal-0.jsonl'), `${kept.join('')}${torn}`);
        ran.length = 0;
        const hub = openHub({ folder, maxConcurrentActivities: 4 });
        expect((await hub.waitFor('job')).output).toEqual(output);
        const repeated = recordedParts(lines.slice(0, whole)).filter((index) => ran.includes(index));
        expect(repeated).toEqual([]);
        expect(new Set(ran).size).toBe(ran.length);
        await hub.close();
        rmSync(folder, { recursive: true });
      }
    }
  });

  test('keeps the torn end of a journal beside it and says where it was', async () => {
    const folder = temporaryFolder();
    const messages: string[] = [];
    writeFileSync(join(folder, 'journal-0.jsonl'), '{"kind":"purge","instanceIds":[]}\n{"kind":"mess');
    openHub({ folder, log: (_level, message) => messages.push(message) });
    expect(messages.join()).toContain('dropped what a crash left from line 2 on');
    expect(readFileSync(join(folder, 'journal-0.jsonl.torn'), 'utf8')).toBe('{"kind":"mess');
    expect(readFileSync(join(folder, 'journal-0.jsonl'), 'utf8')).toBe('{"kind":"purge","instanceIds":[]}\n');
    await closeHubs();
  });

  test('comes back from every step of a compaction with the same instances', async () => {
    const hub = openHub({ compactionBytes: 2000 });
    const { folder } = hub.options;
    for (let round = 0; round < 3; round++) await hub.waitFor(await hub.start('job', {}, `job-${round}`));
    const want = hub.list().statuses;
    const history = await hub.history('job-0');
    await hub.close();
    const again = openHub({ folder });
    expect(again.list().statuses).toEqual(want);
    expect(await again.history('job-0')).toEqual(history);
    expect(history.length).toBeGreaterThan(10);
  });

  test('a snapshot that was not finished is as if it had never been begun', async () => {
    const { lines, output } = await finishedRun();
    const folder = temporaryFolder();
    const half = Math.floor(lines.length / 2);
    const text = (part: readonly string[]): string => part.map((line) => `${line}\n`).join('');
    // The process died after it had begun the next journal and before the snapshot got its name.
    writeFileSync(join(folder, 'journal-0.jsonl'), text(lines.slice(0, half)));
    writeFileSync(join(folder, 'journal-1.jsonl'), text(lines.slice(half)));
    writeFileSync(join(folder, 'snapshot-1.jsonl.tmp'), '{"kind":"instance","inst');
    const hub = openHub({ folder });
    expect((await hub.waitFor('job')).output).toEqual(output);
  });

  test('a folder that is open in another hub is refused; a lock of a process that is gone is not', async () => {
    const hub = openHub();
    const { folder } = hub.options;
    expect(() => openHub({ folder })).toThrow('already open in this process');
    await hub.close();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hub.lock'), JSON.stringify({ pid: 1, started: 'long ago' }));
    await openHub({ folder }).close();
    writeFileSync(join(folder, 'hub.lock'), '{"pid":');
    await openHub({ folder }).close();
    writeFileSync(join(folder, 'hub.lock'), JSON.stringify({ pid: process.ppid, started: null }));
    expect(() => openHub({ folder })).toThrow(`in use by process ${process.ppid}`);
  });
});
