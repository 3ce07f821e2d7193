import { readFileSync } from 'node:fs';
import { readConfig, SETTINGS, storageConnectionName } from '../shared/config';
import { ServingError } from '../shared/errors';

const MIB = 1024 * 1024;

function failure(environment: Record<string, string>): ServingError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ServingError) return error;
    throw error;
  }
  throw new Error('readConfig did not throw');
}

describe('readConfig', () => {
  test('an empty environment gives every default', () => {
    const config = readConfig({});
    expect(config.sessionBudgetBytes).toBe(256 * MIB);
    expect(config.requestRows).toBe(10_000);
    expect(config.storageConnectionString).toBeUndefined();
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('an empty value counts as not set', () => {
    expect(readConfig({ POLYSCORE_REQUEST_ROWS: '' }).requestRows).toBe(10_000);
  });

  test('values are parsed into their units', () => {
    const config = readConfig({
      POLYSCORE_SESSION_BUDGET_MIB: '64',
      POLYSCORE_REFRESH_MS: '0',
      PolyscoreStorage__blobServiceUri: 'https://account.blob.core.windows.net',
      POLYSCORE_REGION: 'westeurope',
    });
    expect(config.sessionBudgetBytes).toBe(64 * MIB);
    expect(config.refreshMs).toBe(0);
    expect(config.storageBlobServiceUri).toBe('https://account.blob.core.windows.net/');
    expect(config.region).toBe('westeurope');
  });

  test.each([
    [{}, 'PolyscoreStorage', undefined],
    [{ AzureWebJobsStorage: 'host' }, 'AzureWebJobsStorage', 'host'],
    [{ AzureWebJobsStorage: 'host', PolyscoreStorage: 'own' }, 'PolyscoreStorage', 'own'],
    [
      { AzureWebJobsStorage: 'host', PolyscoreStorage__blobServiceUri: 'https://own' },
      'PolyscoreStorage',
      undefined,
    ],
  ])('of %j the data account is %s', (environment, name, connectionString) => {
    expect(storageConnectionName(environment)).toBe(name);
    expect(readConfig(environment).storageConnectionString).toBe(connectionString);
  });

  test('all bad settings are listed at once, with what was expected and what came', () => {
    const error = failure({
      POLYSCORE_WORKERS: '0',
      POLYSCORE_REQUEST_ROWS: 'many',
      PolyscoreModels__blobServiceUri: 'ftp://x',
    });
    expect(error.code).toBe('misconfigured');
    expect(error.violations).toEqual([
      { pointer: 'PolyscoreModels__blobServiceUri', expected: 'an http(s) URL', received: 'ftp://x' },
      { pointer: 'POLYSCORE_WORKERS', expected: 'a whole number from 1 to 64', received: '0' },
      { pointer: 'POLYSCORE_REQUEST_ROWS', expected: 'a whole number from 1 to 1000000', received: 'many' },
    ]);
  });

  test.each(['1.5', '-1', '1e9', 'NaN', '99999999999999999999'])(
    '%s is no whole number in range',
    (value) => {
      expect(failure({ POLYSCORE_WORKERS: value }).violations).toHaveLength(1);
    },
  );
});

test('the reference page names every setting, its expectation and its sentence, and no other', () => {
  const page =
    readFileSync('docs/reference/settings.md', 'utf8').split('## Settings read at registration')[0] ?? '';
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name, , expected, sentence]) => [name?.replaceAll('`', ''), expected, sentence]);
  expect(rows).toEqual(
    Object.values(SETTINGS).map(({ name, expected, sentence }) => [name, expected, sentence]),
  );
});
