import { join, resolve } from 'node:path';
import { parseCommand, USAGE } from './command-line';
import { type Host } from './host';
import { type HostOptions } from './host-options';
import { readLocalSettings } from './local-settings';
import { consoleLog, describeError, type Log } from './log';
import { StartError } from './start-error';

/** This file lies in dist/local/; package.json and host.json lie two folders up. */
const appFolder = resolve(__dirname, '../..');
/** Exit status of a program that a signal has ended, by the shell's convention. */
const INTERRUPTED = 130;
const SAME_KEYSTROKE_MS = 500;

async function main(): Promise<void> {
  const values = readLocalSettings(join(appFolder, 'local.settings.json'));
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
  const command = parseCommand(process.argv.slice(2), process.env);
  if (command.kind === 'help') console.log(USAGE);
  else if (command.kind === 'usage') {
    console.error(`${command.problem}\n\n${USAGE}`);
    process.exitCode = 2;
  } else await run({ appFolder, ...command.options, log: consoleLog(command.logLevel) });
}

/** Runs the host until a signal, or until it fails. */
async function run(options: HostOptions): Promise<void> {
  const { log } = options;
  const interrupted = interruption(log);
  process.on('unhandledRejection', (reason) => {
    log.error(`A promise failed and nobody waits for it: ${describeError(reason)}`);
  });
  const [{ startHost }, { hostSummary }] = await Promise.all([
    import('./host.js'),
    import('./host-summary.js'),
  ]);
  const starting = startHost(options);
  const first = await Promise.race([starting, interrupted]);
  if (typeof first !== 'string') for (const line of hostSummary(first)) console.log(line);
  const host = await starting;
  const failure = await Promise.race([interrupted.then(() => undefined), host.failed]);
  await end(host, failure, log);
}

/**
 * Resolves at the first SIGINT or SIGTERM; a later one ends the process at once. One Ctrl-C may arrive twice:
 * from the terminal, and again from npm, which forwards it.
 */
function interruption(log: Log): Promise<string> {
  return new Promise((resolveFirst) => {
    let firstAt: number | undefined;
    const interrupt = (signal: string): void => {
      if (firstAt !== undefined && performance.now() - firstAt > SAME_KEYSTROKE_MS) process.exit(INTERRUPTED);
      if (firstAt !== undefined) return;
      firstAt = performance.now();
      log.info(`${signal}: stopping; once more to end at once`);
      resolveFirst(signal);
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
  });
}

async function end(host: Host, failure: string | undefined, log: Log): Promise<void> {
  if (failure !== undefined) log.error(`${failure}; stopping`);
  await host.stop();
  log.info('Stopped');
  process.exit(failure === undefined ? 0 : 1); // worker threads of the app must not keep the process
}

main().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : describeError(error));
  process.exit(1);
});
