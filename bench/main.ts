/** `npm run bench -- NAME [options]`: runs one benchmark of this folder in a process of its own. */
import { spawn } from 'node:child_process';
import path from 'node:path';

const BENCHMARKS: Readonly<Record<string, string>> = {
  batch: '3,000,000 flights by some 3,000 models through Azurite; --format parquet|csv --runs N',
};

const [name = '', ...options] = process.argv.slice(2);
if (Object.hasOwn(BENCHMARKS, name)) {
  const child = spawn(process.execPath, [path.join(__dirname, `${name}.js`), ...options], {
    stdio: 'inherit',
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  const list = Object.entries(BENCHMARKS).map(([known, text]) => `  ${known}  ${text}`);
  console.error([`Usage: npm run bench -- NAME [options]`, ...list].join('\n'));
  process.exitCode = 2;
}
