import { Concurrency } from '../../shared/batch/concurrency';
import { createJob } from '../../shared/batch/job-document';
import { reportJob, type JobRecord, type JobRun } from '../../shared/batch/job-report';
import { ENDPOINT } from './job-fixture';

const [deployment] = ENDPOINT.deployments;
const job = createJob({
  endpoint: 'delay',
  deployment: deployment?.name ?? '',
  selector: deployment?.selector ?? { kind: 'model', model: 'm' },
  outputNames: {},
  inputs: [{ container: 'inbox', path: 'delay/a.csv', etag: '"1"', sizeBytes: 9, fingerprint: 'md5:x' }],
  settings: ENDPOINT.batch,
  catalogRevision: 'r',
  submittedAt: '2001-01-01T00:00:00.000Z',
});
const now = new Date('2001-01-01T00:00:10.000Z');
const planned = { rows: 1_000, miniBatches: 4, outputFile: 'predictions.csv' };
const tally = { rowsIn: 1_000, rowsScored: 990, rowsRejected: 10 };
const finishedAt = '2001-01-01T00:00:05.000Z';

function report(run: Partial<JobRun> | undefined, record: Partial<JobRecord> = {}) {
  const whole = run && {
    runtimeStatus: 'Running',
    output: null,
    customStatus: null,
    lastUpdatedAt: now,
    ...run,
  };
  return reportJob(
    { job, planned, done: { miniBatches: 2, rows: 500 }, isPublished: false, ...record },
    whole,
    now,
  );
}

const progress = {
  phase: 'scoring',
  miniBatches: 4,
  doneMiniBatches: 1,
  rowsIn: 250,
  rowsScored: 250,
  rowsRejected: 0,
};

describe('reportJob', () => {
  test.each([
    ['NotStarted', undefined, {}],
    ['NotStarted', { runtimeStatus: 'Pending' }, {}],
    ['Running', { runtimeStatus: 'Running', customStatus: progress }, {}],
    ['Finalizing', { runtimeStatus: 'Running', customStatus: { ...progress, phase: 'publishing' } }, {}],
    ['Completed', { runtimeStatus: 'Completed', output: { state: 'completed', tally, finishedAt } }, {}],
    ['Completed', undefined, { isPublished: true }],
    [
      'Failed',
      {
        runtimeStatus: 'Completed',
        output: {
          state: 'failed',
          tally,
          finishedAt,
          failure: { code: 'invalid-input', detail: 'it is empty' },
        },
      },
      {},
    ],
    ['Failed', { runtimeStatus: 'Failed', output: "Orchestrator function 'scoreJob' failed" }, {}],
    ['Canceled', { runtimeStatus: 'Terminated', output: 'canceled' }, {}],
  ])('%s', (state, run, record) => {
    expect(report(run, record).state).toBe(state);
  });

  test('a running job counts what the ledger has, which is ahead of the orchestration', () => {
    expect(report({ customStatus: progress })).toMatchObject({
      progress: 0.495,
      miniBatches: { planned: 4, done: 2 },
      tally: { rowsIn: 250, rowsScored: 250, rowsRejected: 0 },
      seconds: 10,
      rowsPerSecond: 50,
      finishedAt: null,
      output: null,
      failure: null,
    });
  });

  test('a completed job tells time from submission to publishing, and its files', () => {
    expect(report({ output: { state: 'completed', tally, finishedAt } })).toMatchObject({
      progress: 1,
      seconds: 5,
      rowsPerSecond: 200,
      tally,
      finishedAt,
      output: {
        container: 'predictions',
        path: `delay/${job.id}`,
        files: ['predictions.csv', 'rejects.csv', 'manifest.json', '_SUCCESS'].map(
          (file) => `delay/${job.id}/${file}`,
        ),
      },
    });
  });

  test('a failed job tells why', () => {
    const failure = { code: 'invalid-input', detail: 'it is empty' };
    expect(report({ output: { state: 'failed', tally, finishedAt, failure } }).failure).toEqual(failure);
    expect(report({ runtimeStatus: 'Failed', output: 'text' }).failure).toEqual({
      code: 'job-failed',
      detail: 'text',
    });
    expect(report({ runtimeStatus: 'Failed', output: null }).failure?.detail).toContain('see the logs');
  });
});

describe('Concurrency', () => {
  test('runs as many tasks of a job at once as it may, in order; other jobs have their own count', async () => {
    const concurrency = new Concurrency();
    const gates: (() => void)[] = [];
    const begun: string[] = [];
    const task = (name: string) => () =>
      new Promise<string>((resolve) => {
        begun.push(name);
        gates.push(() => {
          resolve(name);
        });
      });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const all = [
      ...['a1', 'a2', 'a3', 'a4'].map((name) => concurrency.run('a', 2, task(name))),
      concurrency.run('b', 2, task('b1')),
    ];
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    gates[1]?.();
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
    gates[0]?.();
    gates[2]?.();
    await turn();
    for (const gate of gates) gate();
    await turn();
    for (const gate of gates) gate();
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
  });

  test('a task that fails makes room for the next', async () => {
    const concurrency = new Concurrency();
    await expect(concurrency.run('a', 1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await concurrency.run('a', 1, () => Promise.resolve('yes'))).toBe('yes');
  });
});
