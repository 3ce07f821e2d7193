import { Schedules, scheduleSchema } from '../../shared/batch/schedules';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { JobFixture, toCsv, flights } from './job-fixture';

const MINUTE = 60_000;
let azurite: TestAzurite;
let fixture: JobFixture;
let started: string[] = [];

beforeAll(async () => {
  azurite = await startTestAzurite();
  fixture = new JobFixture(createAzureBlobStore({ connectionString: azurite.connectionString }));
  await fixture.setUp();
  await fixture.upload('delay/daily/input.csv', toCsv(flights(5)));
});

afterAll(async () => {
  await fixture.close();
  await azurite.stop();
});

beforeEach(() => {
  started = [];
});

async function write(name: string, document: object | string): Promise<void> {
  const bytes = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
  await fixture.store.put({ container: CONTAINERS.config, path: `schedules/${name}.json` }, bytes);
}

async function remove(name: string): Promise<void> {
  await fixture.store.delete({ container: CONTAINERS.config, path: `schedules/${name}.json` });
}

function schedules(): Schedules {
  const { store, jobs } = fixture;
  return new Schedules({ store, jobs, start: (job) => Promise.resolve(void started.push(job.id)) });
}

/** The next full minute after now, and some more. */
function minutesFromNow(minutes: number): Date {
  return new Date((Math.floor(Date.now() / MINUTE) + minutes) * MINUTE + 1_500);
}

const everyMinute = { endpoint: 'delay', cron: '0 * * * * *', input: { path: 'delay/daily/input.csv' } };

describe('Schedules', () => {
  afterEach(() => remove('daily'));

  test('each occurrence starts one job, however often the clock ticks; the next one starts another over the same input', async () => {
    await write('daily', { ...everyMinute, settings: { outputFileName: 'daily' } });
    const due = minutesFromNow(2);
    const [first] = await schedules().tick(due);
    expect(first).toMatchObject({
      schedule: 'daily',
      result: { job: { endpoint: 'delay', settings: { outputFileName: 'daily' } } },
    });
    expect(await schedules().tick(due)).toEqual([]);
    expect(await schedules().tick(new Date(due.getTime() + 20_000))).toEqual([]);
    const [second] = await schedules().tick(minutesFromNow(3));
    expect(second?.due).not.toBe(first?.due);
    expect(new Set(started).size).toBe(2);
  });

  test('occurrences before the document was written, and far in the past, do not start', async () => {
    await write('daily', { ...everyMinute, cron: '0 0 0 1 1 *' });
    expect(await schedules().tick(minutesFromNow(1))).toEqual([]);
    const inTwoYears = new Date(Date.now() + 2 * 365 * 24 * 60 * MINUTE);
    expect(await schedules().tick(inTwoYears)).toEqual([]);
  });

  test('a schedule that is off does nothing', async () => {
    await write('daily', { ...everyMinute, enabled: false });
    expect(await schedules().tick(minutesFromNow(2))).toEqual([]);
  });

  test('an occurrence without input is told once, and the next one tries again', async () => {
    await write('daily', { ...everyMinute, input: { prefix: 'delay/nothing/' } });
    const [failure] = await schedules().tick(minutesFromNow(6));
    expect(failure).toMatchObject({ result: { failure: { code: 'invalid-input' } } });
    expect(await schedules().tick(minutesFromNow(6))).toEqual([]);
    expect(await schedules().tick(minutesFromNow(7))).toHaveLength(1);
  });

  test('a broken document is told once and keeps no other from running', async () => {
    await write('broken', '{"endpoint":');
    await write('daily', everyMinute);
    const ticked = await schedules().tick(minutesFromNow(9));
    expect(ticked.map(({ schedule, result }) => [schedule, 'job' in result])).toEqual([
      ['broken', false],
      ['daily', true],
    ]);
    expect(await schedules().tick(minutesFromNow(9))).toEqual([]);
    await remove('broken');
  });

  test.each(['* * * * *', 'every day', '61 * * * * *'])('"%s" is no schedule', (cron) => {
    expect(scheduleSchema.safeParse({ ...everyMinute, cron }).success).toBe(false);
  });
});
