import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { StartError } from './start-error';

const localSettings = z.looseObject({
  IsEncrypted: z.literal(false).optional(),
  Values: z.record(z.string(), z.string()).default({}),
});

/** `Values` of a local.settings.json; none where there is no such file. Throws StartError that names what is wrong. */
export function readLocalSettings(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  try {
    const parsed = localSettings.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return parsed.data.Values;
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new StartError(`${path}: ${problems.join('; ')}`);
  } catch (error) {
    if (error instanceof SyntaxError) throw new StartError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
