import { parseJobRequest } from '../../shared/batch/job-request';
import { ServingError } from '../../shared/errors';

const input = { path: 'delay/a.csv' };

function problems(body: unknown): string[] {
  try {
    parseJobRequest(body);
  } catch (error) {
    if (error instanceof ServingError) return error.violations.map(({ pointer }) => pointer);
    throw error;
  }
  return [];
}

describe('parseJobRequest', () => {
  test('the container is the inbox unless another is named; settings hold what was given, no defaults', () => {
    expect(parseJobRequest({ input })).toEqual({ input: { container: 'inbox', ...input }, settings: {} });
    expect(parseJobRequest({ input, settings: { errorThreshold: 5 } }).settings).toEqual({
      errorThreshold: 5,
    });
  });

  test("Azure ML's names are understood in any case", () => {
    const settings = {
      mini_batch_size: 500,
      ErrorThreshold: 3,
      max_concurrency_per_instance: 4,
      retry_settings: { max_retries: 1, timeout: 30 },
      outputFileName: 'x',
    };
    expect(parseJobRequest({ input, settings }).settings).toEqual({
      miniBatchRows: 500,
      errorThreshold: 3,
      maxConcurrencyPerInstance: 4,
      retrySettings: { maxRetries: 1, timeoutSeconds: 30 },
      outputFileName: 'x',
    });
  });

  test('every problem is listed with its place', () => {
    const settings = { miniBatchRows: 0, colour: 'red', retrySettings: { maxRetries: 'many' } };
    expect(problems({ input: {}, settings, extra: 1 }).sort()).toEqual([
      '',
      '/input',
      '/settings',
      '/settings/miniBatchRows',
      '/settings/retrySettings/maxRetries',
    ]);
  });

  test.each([[{ input: { path: 'a', prefix: 'b' } }], [{}], [null], ['x'], [{ input, settings: 7 }]])(
    '%j is refused',
    (body) => {
      expect(problems(body).length).toBeGreaterThan(0);
    },
  );
});
