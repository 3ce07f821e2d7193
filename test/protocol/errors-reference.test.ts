import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ERRORS } from '../../shared/errors';

test('docs/reference/errors.md lists every code with its status and title, and no other', () => {
  const page = readFileSync(path.join(__dirname, '../../docs/reference/errors.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)`\s*\| (\d{3})\s*\| (.+?)\s*\|$/gm)].map(
    ([, code, status, title]) => ({
      code,
      status: Number(status),
      title,
    }),
  );
  const table = Object.entries(ERRORS).map(([code, { status, title }]) => ({ code, status, title }));
  expect(rows).toEqual(table);
});
