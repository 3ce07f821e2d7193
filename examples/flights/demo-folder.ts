import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder } from '../../local/data-folder';
import { StartError } from '../../local/start-error';

const MARKER = 'polyscore-demo.txt';

/**
 * Makes the demo's data folder, empty but for a marker. A folder that was not made by the demo is left alone,
 * and so is one on which a host works: both throw StartError. Answers the absolute path.
 */
export async function prepareDemoFolder(folder: string): Promise<string> {
  if (existsSync(folder)) {
    const present = readdirSync(folder);
    if (present.length > 0 && !present.includes(MARKER))
      throw new StartError(
        `${folder} holds files that the demo did not make; choose another folder with --data`,
      );
  }
  const data = await openDataFolder(folder);
  try {
    for (const name of readdirSync(data.path)) {
      if (name !== MARKER) rmSync(join(data.path, name), { recursive: true, force: true });
    }
    mkdirSync(data.path, { recursive: true });
    writeFileSync(
      join(data.path, MARKER),
      'Made by npm run demo, which empties this folder when it starts.\n',
    );
    return data.path;
  } finally {
    await data.release();
  }
}
