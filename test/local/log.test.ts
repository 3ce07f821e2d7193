import { consoleLog, createLog, describeError, errorText } from '../../local/log';

describe('createLog', () => {
  test('an event is one line with its time and level; lower levels are left out', () => {
    const lines: string[] = [];
    const log = createLog('warn', (line) => lines.push(line));
    log.debug('a');
    log.info('b');
    log.warn('two\n  lines');
    log.error('d');
    expect(lines.map((line) => line.slice(25))).toEqual(['warn  two | lines', 'error d']);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /);
  });
});

describe('consoleLog', () => {
  test('warnings and errors go to stderr, the rest to stdout', () => {
    const out = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const log = consoleLog('debug');
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    const written = [out.mock.calls.length, err.mock.calls.length];
    out.mockRestore();
    err.mockRestore();
    expect(written).toEqual([2, 2]);
  });
});

describe('describeError', () => {
  test('an Error shows its stack, anything else its text', () => {
    const error = new Error('bad');
    expect([describeError(error), errorText(error)]).toEqual([error.stack, 'bad']);
    expect([describeError('thrown'), errorText(7)]).toEqual(['thrown', '7']);
  });
});
