import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PROJECT } from './bicep-check';

const STAMPS = ['sdc', 'neu'].map((code) => ({
  region: `region-${code}`,
  code,
  group: `rg-${code}`,
  app: `func-${code}`,
  targetId: `/sites/func-${code}`,
  host: `func-${code}.example.net`,
  slot: 'staging',
  topic: `evgt-${code}`,
}));
const ENDPOINT = 'https://front.example.net';

interface Outcome {
  readonly status: number;
  readonly text: string;
  /** What az and curl were asked for, in order. */
  readonly calls: readonly string[];
}

/** Runs a script of infra/ with az and curl replaced; `statuses` are lines of a URL pattern and what it answers. */
function runScript(
  script: string,
  environment: Readonly<Record<string, string>>,
  statuses: readonly string[] = [],
): Outcome {
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'polyscore-hooks-'));
  try {
    for (const name of ['az', 'curl']) {
      fs.copyFileSync(path.join(__dirname, `fake-${name}.sh`), path.join(state, name));
      fs.chmodSync(path.join(state, name), 0o755);
    }
    fs.writeFileSync(path.join(state, 'statuses'), [...statuses, '* 200', ''].join('\n'));
    fs.writeFileSync(path.join(state, 'outputs.json'), environment['OUTPUTS'] ?? '{}');
    const packageFile = path.join(state, 'polyscore.zip');
    fs.writeFileSync(packageFile, 'zip');
    const [file = '', ...args] = script.split(' ');
    const { status, stdout, stderr } = spawnSync('bash', [path.join('infra', file), ...args], {
      cwd: PROJECT,
      encoding: 'utf8',
      env: {
        PATH: `${state}:${path.dirname(process.execPath)}:/usr/bin:/bin`,
        STATE: state,
        POLYSCORE_POLL_SECONDS: '0',
        POLYSCORE_PACKAGE: packageFile,
        AZURE_PLAN: 'premium',
        AZURE_ENDPOINT: ENDPOINT,
        AZURE_STAMPS: JSON.stringify(STAMPS),
        ...environment,
      },
    });
    const log = path.join(state, 'calls');
    const calls = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n') : [];
    return { status: status ?? -1, text: stdout + stderr, calls };
  } finally {
    fs.rmSync(state, { recursive: true });
  }
}

const LOCKED = { AZURE_FRONT_DOOR: 'true', POLYSCORE_PUBLISHER_ADDRESS: '203.0.113.7/32' };
const PRIVATE = { ...LOCKED, AZURE_PRIVATE_ORIGINS: 'true' };
const steps = ({ calls }: Outcome): readonly string[] =>
  calls.flatMap((call) => {
    if (call.includes('config-zip'))
      return [call.includes('--slot') ? `slot of ${appOf(call)}` : appOf(call)];
    return call.includes('slot swap') ? [`swap ${appOf(call)}`] : [];
  });
const appOf = (call: string): string => / --name (\S+)/.exec(call)?.[1] ?? '';

describe('approve-private-link.sh', () => {
  test('approves the request of Front Door at every origin', () => {
    const outcome = runScript('hooks/approve-private-link.sh', PRIVATE);
    expect(outcome.status).toBe(0);
    const approved = outcome.calls.filter((call) => call.includes(' approve '));
    expect(approved.map((call) => / --id (\S+)/.exec(call)?.[1])).toEqual([
      '/sites/func-sdc/connection',
      '/sites/func-neu/connection',
    ]);
  });

  test('asks for nothing where origins are public', () => {
    const outcome = runScript('hooks/approve-private-link.sh', LOCKED);
    expect([outcome.status, outcome.calls]).toEqual([0, []]);
  });

  test('outputs that are missing stop it, instead of approving nothing in silence', () => {
    const outcome = runScript('hooks/approve-private-link.sh', { ...PRIVATE, AZURE_STAMPS: '' });
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('AZURE_STAMPS is not set');
  });
});

describe('publish.sh', () => {
  test('premium: stages, tries, swaps, and leaves the same package in both shares, region by region', () => {
    const outcome = runScript('hooks/publish.sh', LOCKED);
    expect(outcome.status).toBe(0);
    expect(steps(outcome)).toEqual(
      ['func-sdc', 'func-neu'].flatMap((app) => [`slot of ${app}`, `swap ${app}`, `slot of ${app}`]),
    );
  });

  test('flex: one push a region, in order', () => {
    const stamps = STAMPS.map((stamp) => ({ ...stamp, slot: '' }));
    const outcome = runScript('hooks/publish.sh', {
      AZURE_PLAN: 'flex',
      AZURE_STAMPS: JSON.stringify(stamps),
    });
    expect(outcome.status).toBe(0);
    expect(steps(outcome)).toEqual(['func-sdc', 'func-neu']);
  });

  test('a package that is not ready in the slot never reaches production, nor the next region', () => {
    const outcome = runScript('hooks/publish.sh', LOCKED, ['https://func-sdc-staging.* 503']);
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('production is untouched');
    expect(steps(outcome)).toEqual(['slot of func-sdc']);
  });

  test('an endpoint that fails after the swap is swapped back', () => {
    const outcome = runScript('hooks/publish.sh', LOCKED, [`${ENDPOINT}/* 503`]);
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('swapped back');
    expect(steps(outcome)).toEqual(['slot of func-sdc', 'swap func-sdc', 'swap func-sdc']);
  });

  test.each([
    ['that succeeds', []],
    ['that fails', ['https://func-sdc-staging.* 503']],
  ])('a publish %s closes every door that it opened', (_, statuses) => {
    const { calls } = runScript('hooks/publish.sh', PRIVATE, statuses);
    const doors = (verb: string): readonly string[] =>
      calls
        .filter((call) => call.includes(`access-restriction ${verb}`))
        .map((call) => `${appOf(call)} ${/--scm-site (\w+)/.exec(call)?.[1] ?? ''}`);
    expect(doors('add').length).toBeGreaterThan(0);
    expect([...doors('remove')].sort()).toEqual([...doors('add')].sort());
    const access = (word: string): number =>
      calls.filter((call) => call.includes(`publicNetworkAccess=${word}`)).length;
    expect(access('Disabled')).toBe(access('Enabled'));
    expect(
      calls.filter((call) => call.includes('publicNetworkAccess') && !call.includes('--slot staging')),
    ).toEqual([]);
  });

  test('closed sites without the address of this machine are refused with the setting to use', () => {
    const outcome = runScript('hooks/publish.sh', {
      AZURE_FRONT_DOOR: 'true',
      AZURE_PRIVATE_ORIGINS: 'true',
    });
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('set POLYSCORE_PUBLISHER_ADDRESS');
    expect(outcome.calls).toEqual([]);
  });

  test('a missing package names the command that makes it', () => {
    const outcome = runScript('hooks/publish.sh', { POLYSCORE_PACKAGE: 'nowhere.zip' });
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('no package at nowhere.zip. npm run package makes it');
  });

  test('containers have nothing to publish', () => {
    const outcome = runScript('hooks/publish.sh', {
      AZURE_PLAN: 'containerapp-gpu',
      POLYSCORE_PACKAGE: 'nowhere.zip',
    });
    expect([outcome.status, outcome.calls]).toEqual([0, []]);
  });
});

describe('wire-events.sh', () => {
  test('an inbox that is not wired to its queue fails the deployment', () => {
    const outcome = runScript('hooks/wire-events.sh', { SUBSCRIPTION_STATE: 'Failed' });
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('the inbox of sdc is not wired to its queue (Failed)');
  });

  test('a blob-triggered function is subscribed with its key only when asked for', () => {
    const plain = runScript('hooks/wire-events.sh', {});
    expect(plain.calls.filter((call) => call.includes('event-subscription create'))).toEqual([]);
    const asked = runScript('hooks/wire-events.sh', { POLYSCORE_BLOB_TRIGGER: 'inbox-blob' });
    expect(
      asked.calls.filter((call) => call.includes('functionName=Host.Functions.inbox-blob&code=the-key')),
    ).toHaveLength(2);
  });
});

describe('smoke-test.sh', () => {
  test('passes when the endpoint is ready and each app refuses callers that come around Front Door', () => {
    const outcome = runScript('hooks/smoke-test.sh', LOCKED, [
      'https://func-sdc.* 403',
      'https://func-neu.* 000',
    ]);
    expect(outcome.text).toContain('neu refuses callers that come around Front Door (000)');
    expect(outcome.status).toBe(0);
  });

  test('fails when an app answers a caller that comes around Front Door', () => {
    const outcome = runScript('hooks/smoke-test.sh', LOCKED, [
      'https://func-sdc.* 403',
      'https://func-neu.* 401',
    ]);
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('https://func-neu.example.net answers 401');
  });

  test('waits for a cold start, and without a front door asks every region', () => {
    const outcome = runScript('hooks/smoke-test.sh', {}, [`${ENDPOINT}/* 000 503 200`]);
    expect(outcome.status).toBe(0);
    expect(outcome.calls.filter((call) => call.startsWith(`curl ${ENDPOINT}`))).toHaveLength(3);
    expect(outcome.text).toContain('neu is ready');
  });

  test('a token checks discovery too', () => {
    const outcome = runScript('hooks/smoke-test.sh', { POLYSCORE_SMOKE_TOKEN: 't' }, ['*/endpoints 401']);
    expect(outcome.status).toBe(1);
    expect(outcome.text).toContain('GET /endpoints with POLYSCORE_SMOKE_TOKEN answers 401');
  });
});

describe('check-stage.sh', () => {
  test.each([
    ['dev', 0],
    ['my-own', 0],
    ['prod', 1],
  ])('azd environment %s: exit status %i', (name, status) => {
    expect(runScript('hooks/check-stage.sh', { AZURE_ENV_NAME: name }).status).toBe(status);
  });
});

describe('deploy.sh', () => {
  const outputs = {
    azurE_ENDPOINT: { type: 'String', value: ENDPOINT },
    azurE_PLAN: { type: 'String', value: 'flex' },
    azurE_FRONT_DOOR: { type: 'String', value: 'false' },
    azurE_STAMPS: {
      type: 'Array',
      value: STAMPS.map((stamp) => ({ ...stamp, slot: '', region: "it's one" })),
    },
  };

  test('passes the outputs on to the hooks, whatever case and quotes Azure gives them', () => {
    const environment = {
      AZURE_STAMPS: '',
      AZURE_ENDPOINT: '',
      AZURE_PLAN: '',
      OUTPUTS: JSON.stringify(outputs),
    };
    const outcome = runScript('deploy.sh staging', environment);
    expect(outcome.text).toContain(`smoke test: ${ENDPOINT} is ready`);
    expect(outcome.status).toBe(0);
    expect(outcome.calls[0]).toContain('--name polyscore-staging');
    expect(steps(outcome)).toEqual(['func-sdc', 'func-neu']);
  });

  test('what-if deploys and publishes nothing', () => {
    const outcome = runScript('deploy.sh prod --what-if', {});
    expect(outcome.calls).toEqual([expect.stringContaining('deployment sub what-if --name polyscore-prod')]);
  });

  test('an unknown stage gets the usage', () => {
    expect(runScript('deploy.sh qa', {})).toMatchObject({
      status: 2,
      text: expect.stringContaining('usage') as string,
    });
  });
});
