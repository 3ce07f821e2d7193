import path from 'node:path';
import { describeError } from '../../local/log';
import { StartError } from '../../local/start-error';
import { DEMO_USAGE, parseDemoCommand, type DemoOptions } from './demo-options';
import { DEMO_STEPS, runDemo } from './demo-run';
import type { Closers } from './demo-services';
import { flightEndpoint } from './flight-endpoint';
import { curlCommand } from './online-scoring';
import { Terminal } from './terminal';

/** Where `npm start` listens unless told otherwise. */
const SERVER = 'http://127.0.0.1:7071';
const FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

/** `npm run demo`: the main job on real data. Its exit code is 0 where all of it worked. */
async function main(): Promise<number> {
  const command = parseDemoCommand(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      console.log(DEMO_USAGE);
      return 0;
    case 'usage':
      console.error(`${command.problem}\n\n${DEMO_USAGE}`);
      return WRONG_USAGE;
    case 'run':
      return demo(command.options);
  }
}

async function demo(options: DemoOptions): Promise<number> {
  const terminal = new Terminal(process.stdout, DEMO_STEPS, process.env);
  const controller = new AbortController();
  const interrupted = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        controller.abort();
        resolve(undefined);
      });
    }
  });
  const closers: Closers = [];
  try {
    const running = runDemo({ options, terminal, signal: controller.signal }, closers);
    const run = await Promise.race([running, interrupted]);
    if (!run) {
      terminal.line('Interrupted: stopping what was started');
      return INTERRUPTED;
    }
    terminal.line(`\nAll of it took ${run.report.seconds.toFixed(1)} s. Every figure: ${options.report}`);
    terminal.line('To serve these models, and to ask them from another terminal:');
    terminal.line(`  npm start -- --data ${path.relative('.', options.dataFolder)}`);
    terminal.line(`  ${curlCommand(`${SERVER}/endpoints/${flightEndpoint.name}/score`, run.sample)}`);
    return 0;
  } catch (error) {
    terminal.line(error instanceof StartError ? error.message : `The demo failed: ${describeError(error)}`);
    return FAILED;
  } finally {
    await close(closers, terminal);
  }
}

async function close(closers: Closers, terminal: Terminal): Promise<void> {
  for (const end of closers.toReversed()) {
    try {
      await end();
    } catch (error) {
      terminal.line(`While stopping: ${describeError(error)}`);
    }
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(describeError(error));
    process.exit(FAILED);
  },
);
