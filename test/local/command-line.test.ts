import { parseCommand } from '../../local/command-line';

describe('parseCommand', () => {
  test('without arguments and settings the defaults hold', () => {
    expect(parseCommand([], { POLYSCORE_PORT: '' })).toEqual({
      kind: 'start',
      logLevel: 'info',
      options: {
        dataFolder: '.polyscore',
        hostname: '127.0.0.1',
        port: 7071,
        httpMode: 'light',
        bodyLimitBytes: 104_857_600,
        pollMs: 250,
      },
    });
  });

  test('settings name everything, options win over them', () => {
    const environment = {
      POLYSCORE_PORT: '1',
      POLYSCORE_HOST: '0.0.0.0',
      POLYSCORE_DATA: 'a',
      POLYSCORE_STORAGE: 'UseDevelopmentStorage=true',
      POLYSCORE_HTTP_MODE: 'library',
      POLYSCORE_FUNCTION_KEYS: 'k=v',
      POLYSCORE_LOG: 'debug',
      POLYSCORE_POLL_MS: '1000',
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '5',
    };
    expect(parseCommand(['start', '--port', '0', '--data=b', '--host-json', 'c.json'], environment)).toEqual({
      kind: 'start',
      logLevel: 'debug',
      options: {
        dataFolder: 'b',
        hostname: '0.0.0.0',
        port: 0,
        httpMode: 'library',
        bodyLimitBytes: 5,
        pollMs: 1_000,
        hostJson: 'c.json',
        storage: 'UseDevelopmentStorage=true',
        functionKeys: 'k=v',
      },
    });
  });

  test.each([
    [['--help'], { kind: 'help' }],
    [['-h', 'start'], { kind: 'help' }],
    [['stop'], { kind: 'usage', problem: 'Unknown command "stop"' }],
    [['start', 'x', 'y'], { kind: 'usage', problem: 'Unknown argument "x y"' }],
    [['--colour'], { kind: 'usage', problem: expect.stringContaining('--colour') as string }],
    [['--port'], { kind: 'usage', problem: expect.stringContaining('--port') as string }],
  ])('%j asks for %j', (args, command) => {
    expect(parseCommand(args, {})).toEqual(command);
  });

  test('every bad setting is named, with what was expected and what came', () => {
    const bad = { POLYSCORE_PORT: '-1', POLYSCORE_POLL_MS: '5', POLYSCORE_LOG: 'loud' };
    expect(() => parseCommand([], bad)).toThrow(
      /POLYSCORE_PORT: expected a whole number from 0 to 65535, got "-1".*POLYSCORE_LOG: .*got "loud".*POLYSCORE_POLL_MS: .*from 10.*got "5"/,
    );
  });
});
