import type { OrchestrationContext, RetryOptions } from 'durable-functions';
import type { JobOutcome } from '../../shared/batch/job-report';
import { scoreJob } from '../../functions/score-job';

interface Call {
  readonly name: string;
  readonly input: unknown;
  readonly attempts: number;
}

const tally = (rowsScored: number, rowsRejected = 0) => ({
  rowsIn: rowsScored + rowsRejected,
  rowsScored,
  rowsRejected,
});
const ok = (value: unknown) => ({ ok: true, value });
const failed = { ok: false, failure: { code: 'invalid-input', detail: 'it is empty' } };
const plan = (miniBatches: number, errorThreshold = -1) =>
  ok({ miniBatches, rows: 100, maxConcurrency: 1, errorThreshold, attempts: 4 });

/** Runs the orchestration against activities that answer by a table; each yield is answered with what it asked for. */
function play(answer: (call: Call) => unknown) {
  const calls: Call[] = [];
  const waves: number[] = [];
  const statuses: { phase: string; doneMiniBatches: number }[] = [];
  const schedule = (name: string, retry: RetryOptions, input: unknown): { results: unknown[] } => {
    const call = { name, input, attempts: retry.maxNumberOfAttempts };
    calls.push(call);
    return { results: [answer(call)] };
  };
  const context = {
    df: {
      getInput: () => ({ jobId: 'j1' }),
      currentUtcDateTime: new Date('2001-01-01T00:00:05Z'),
      callActivityWithRetry: schedule,
      Task: {
        all: (tasks: { results: unknown[] }[]) => {
          waves.push(tasks.length);
          return { results: [tasks.flatMap(({ results }) => results)] };
        },
      },
      setCustomStatus: (status: { phase: string; doneMiniBatches: number }) => statuses.push(status),
    },
  } as unknown as OrchestrationContext;
  const run = scoreJob(context);
  let step = run.next();
  while (step.done !== true) {
    const { results } = step.value as unknown as { results: unknown[] };
    step = run.next(results[0]);
  }
  const outcome: JobOutcome = step.value;
  return { outcome, calls, waves, statuses };
}

describe('scoreJob', () => {
  test('plans, scores every mini-batch once in waves, publishes, and answers the tally', () => {
    const { outcome, calls, waves, statuses } = play(({ name }) => {
      if (name === 'planJob') return plan(19);
      return name === 'scoreMiniBatch' ? ok(tally(5)) : ok({ status: 'published', tally: tally(95) });
    });
    expect(outcome).toEqual({ state: 'completed', tally: tally(95), finishedAt: '2001-01-01T00:00:05.000Z' });
    expect(waves).toEqual([8, 8, 3]);
    expect(calls.map(({ name }) => name)).toEqual([
      'planJob',
      ...Array<string>(19).fill('scoreMiniBatch'),
      'publishJob',
    ]);
    expect(calls.slice(1, 20).map(({ input }) => input)).toEqual(
      Array.from({ length: 19 }, (_, index) => ({ jobId: 'j1', index })),
    );
    expect(calls[1]?.attempts).toBe(4);
    expect(statuses.map(({ phase, doneMiniBatches }) => [phase, doneMiniBatches])).toEqual([
      ['planning', 0],
      ['scoring', 0],
      ['scoring', 8],
      ['scoring', 16],
      ['publishing', 19],
    ]);
  });

  test.each([
    ['planning', (name: string) => (name === 'planJob' ? failed : ok(undefined))],
    ['scoring', (name: string) => (name === 'planJob' ? plan(2) : failed)],
    [
      'publishing',
      (name: string) => (name === 'planJob' ? plan(1) : name === 'scoreMiniBatch' ? ok(tally(5)) : failed),
    ],
  ])('what %s finds wrong for good ends the job as a value', (_, answer) => {
    const { outcome } = play(({ name }) => answer(name));
    expect(outcome).toMatchObject({ state: 'failed', failure: failed.failure });
  });

  test('stops after the wave in which the error threshold was passed', () => {
    const { outcome, calls } = play(({ name }) => (name === 'planJob' ? plan(20, 10) : ok(tally(1, 2))));
    expect(outcome).toMatchObject({
      state: 'failed',
      tally: tally(8, 16),
      failure: {
        code: 'too-many-rejects',
        detail: '16 rows were rejected so far, the error threshold is 10',
      },
    });
    expect(calls).toHaveLength(1 + 8);
  });

  test('mini-batches whose parts were lost are scored again and counted once', () => {
    let published = 0;
    const { outcome, calls } = play(({ name }) => {
      if (name === 'planJob') return plan(3);
      if (name === 'scoreMiniBatch') return ok(tally(5));
      published += 1;
      return ok(
        published === 1
          ? { status: 'incomplete', miniBatches: [2] }
          : { status: 'published', tally: tally(15) },
      );
    });
    expect(outcome).toMatchObject({ state: 'completed', tally: tally(15) });
    expect(calls.filter(({ name }) => name === 'scoreMiniBatch').map(({ input }) => input)).toEqual(
      [0, 1, 2, 2].map((index) => ({ jobId: 'j1', index })),
    );
  });

  test('parts that go on being lost fail the job', () => {
    const { outcome } = play(({ name }) => {
      if (name === 'planJob') return plan(1);
      return name === 'scoreMiniBatch' ? ok(tally(5)) : ok({ status: 'incomplete', miniBatches: [0] });
    });
    expect(outcome).toMatchObject({
      state: 'failed',
      failure: { detail: 'the staged output of 1 mini-batches was lost 3 times' },
    });
  });
});
