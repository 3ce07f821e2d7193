import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { describeError } from './log';
import { StartError } from './start-error';

const packageJson = z.looseObject({ main: z.string() });

/**
 * The files that register an app's functions: what package.json's `main`, a glob with stars in its last part,
 * names under the app's folder. Throws StartError where it names none.
 */
export function functionFiles(appFolder: string): string[] {
  const path = join(appFolder, 'package.json');
  const parsed = packageJson.safeParse(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});
  if (!parsed.success) throw new StartError(`${path}: expected "main" to name the built function files`);
  const { main } = parsed.data;
  const slash = main.lastIndexOf('/');
  const folder = join(appFolder, main.slice(0, slash + 1));
  const pattern = main
    .slice(slash + 1)
    .replaceAll(/[\\^$.+?()[\]{}|]/gu, '\\$&')
    .replaceAll('*', '.*');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const own = files.filter((file) => new RegExp(`^${pattern}$`, 'u').test(file)).toSorted();
  if (own.length === 0)
    throw new StartError(`No built functions at ${join(appFolder, main)}; run npm run build first`);
  return own.map((file) => join(folder, file));
}

/** Loads the files in order; each registers its functions. As on Azure, a file that throws stops the whole app. */
export function loadFunctions(files: readonly string[]): void {
  const load = createRequire(__filename);
  for (const file of files) {
    try {
      load(file);
    } catch (error) {
      throw new StartError(`${file} could not be loaded: ${describeError(error)}`, { cause: error });
    }
  }
}
