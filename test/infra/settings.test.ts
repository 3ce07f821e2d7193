import fs from 'node:fs';
import path from 'node:path';
import { readConfig, SETTINGS } from '../../shared/config';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { bicepFiles, describeWithChecker, INFRA, parseInfra, readInfra, withoutChecker } from './bicep-check';
import { type BicepFiles, deploy } from './bicep-deployment';
import { arrayOf, objectOf, textOf, type ValueObject } from './bicep-values';
import { CLOSED, environment, type Plan, PLANS } from './environments';

/** Settings that the Functions host or the hosting plan reads, and what for. The code must not read them. */
const PLATFORM: Readonly<Record<string, string>> = {
  AzureWebJobsStorage__accountName: 'account of the host',
  AzureWebJobsStorage__credential: 'the host signs in with its identity',
  AzureWebJobsStorage__clientId: 'which identity',
  PolyscoreStorage__queueServiceUri: 'queue and blob triggers of connection PolyscoreStorage',
  PolyscoreStorage__credential: 'triggers sign in with the identity',
  APPLICATIONINSIGHTS_CONNECTION_STRING: 'telemetry of the host',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'telemetry by identity',
  AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions: 'override of host.json',
  AzureFunctionsJobHost__extensions__durableTask__hubName: 'override of host.json',
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'override of host.json',
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName:
    'override of host.json',
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'named by the override above',
  FUNCTIONS_EXTENSION_VERSION: 'premium',
  FUNCTIONS_WORKER_RUNTIME: 'premium',
  WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: 'premium',
  WEBSITE_CONTENTSHARE: 'premium',
  WEBSITE_RUN_FROM_PACKAGE: 'premium',
  WEBSITE_SWAP_WARMUP_PING_PATH: 'premium, before a swap',
  WEBSITE_SWAP_WARMUP_PING_STATUSES: 'premium, before a swap',
};
/** Set already, and read by the app once it checks X-Azure-FDID itself; delete the name here when SETTINGS has it. */
const ANNOUNCED = ['POLYSCORE_FRONT_DOOR_ID'];

const read = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
const isKnown = (name: string): boolean => read.has(name) || name in PLATFORM || ANNOUNCED.includes(name);

describe('application settings in the sources', () => {
  test('every name that a module sets is read by the code or by the platform', () => {
    const setting =
      /^\s+((?:AzureWebJobs|AzureFunctions|Polyscore|POLYSCORE_|WEBSITE|FUNCTIONS_|APPLICATIONINSIGHTS_|DURABLE_|TASKHUB)\w*):/gm;
    const names = bicepFiles().flatMap((file) =>
      [...readInfra(file).matchAll(setting)].map(([, name]) => name ?? ''),
    );
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
  });

  test('the code reads nothing that belongs to the platform', () => {
    expect(Object.keys(PLATFORM).filter((name) => read.has(name))).toEqual([]);
  });

  test('the containers of the code are made before it runs', () => {
    const { models, ...data } = CONTAINERS;
    const made = /var dataContainers = \[([^\]]*)\]/.exec(readInfra('names.bicep'))?.[1] ?? '';
    expect([...made.matchAll(/'([\w-]+)'/g)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(Object.values(data)),
    );
    expect(readInfra('names.bicep')).toContain(`var modelContainer = '${models}'`);
  });

  test('the task hub is the one of host.json, and the slot’s is another', () => {
    const host = fs.readFileSync(path.join(INFRA, '../host.json'), 'utf8');
    const hub = /"hubName": "(\w+)"/.exec(host)?.[1] ?? '';
    expect(readInfra('names.bicep')).toContain(`var taskHub = '${hub}'`);
    expect(readInfra('names.bicep')).toMatch(/var slotTaskHub = '(?!polyscore')\w{3,45}'/);
  });

  test('parameter files pass only settings that the code reads', () => {
    for (const file of fs.readdirSync(path.join(INFRA, 'env'))) {
      const text = readInfra(path.join('env', file));
      const passed = /param applicationSettings = \{([^}]*)\}/.exec(text)?.[1] ?? '';
      const names = [...passed.matchAll(/^\s*(\w+):/gm)].map(([, name]) => name ?? '');
      expect(names.filter((name) => !read.has(name))).toEqual([]);
    }
  });
});

describeWithChecker('application settings, evaluated', () => {
  const files: BicepFiles = withoutChecker === undefined ? parseInfra() : new Map();
  const cases = PLANS.flatMap((plan) => [
    [plan, 'open', environment(plan, 2)] as const,
    [plan, 'closed', environment(plan, 2, CLOSED)] as const,
  ]);

  test.each(cases)(
    '%s, %s: all of them are read by the code or by the platform, and the code accepts them',
    (plan, _, parameters) => {
      for (const settings of settingsOf(plan, parameters)) {
        expect(Object.keys(settings).filter((name) => !isKnown(name))).toEqual([]);
        const config = readConfig(settings);
        expect(config.region).toMatch(/^(swedencentral|northeurope)$/);
        expect(config.storageBlobServiceUri).toMatch(
          /^https:\/\/ps(dat|slt)\w+\.blob\.core\.windows\.net\/$/,
        );
        expect(config.modelsBlobServiceUri).toMatch(/^https:\/\/psreg\w+\.blob\.core\.windows\.net\/$/);
        expect([config.storageConnectionString, config.modelsConnectionString]).toEqual([
          undefined,
          undefined,
        ]);
      }
    },
  );

  test.each(cases)('%s, %s: no setting holds a key but premium’s content share', (plan, _, parameters) => {
    for (const settings of settingsOf(plan, parameters)) {
      const keyed = Object.entries(settings).filter(([, value]) => /AccountKey|listKeys/.test(value));
      expect(keyed.map(([name]) => name)).toEqual(
        plan === 'premium' ? ['WEBSITE_CONTENTAZUREFILECONNECTIONSTRING'] : [],
      );
    }
  });

  test.each(PLANS)(
    '%s: loaded models take at most two thirds of an instance, with every worker full',
    (plan) => {
      const memoryMiB = { EP1: 3584, EP2: 7168, EP3: 14336, 512: 512, 2048: 2048, 4096: 4096 };
      const sizes = Object.entries(memoryMiB).filter(
        ([name]) => name.startsWith('EP') === (plan === 'premium'),
      );
      for (const [name, memory] of plan === 'containerapp-gpu' ? ([['gpu', 57_344]] as const) : sizes) {
        const size =
          plan === 'premium' ? { premiumSize: name } : plan === 'flex' ? { flexMemory: Number(name) } : {};
        const [settings = {}] = settingsOf(plan, environment(plan, 1, size));
        const config = readConfig(settings);
        const taken = config.sessionBudgetBytes + config.workers * config.workerSessionBudgetBytes;
        expect(taken / 1024 / 1024 / memory).toBeLessThanOrEqual(2 / 3);
      }
    },
  );

  test('the staging slot shares neither data nor task hub with the app, and keeps its own in a swap', () => {
    const { deployed } = deploy(files, 'main.bicep', environment('premium', 1, CLOSED));
    const [app = {}, slot = {}] = settingsOf('premium', environment('premium', 1, CLOSED));
    const different = Object.keys(slot).filter((name) => app[name] !== slot[name]);
    const sticky = deployed.find(({ name }) => name.endsWith('/slotConfigNames'));
    const names = arrayOf(objectOf(sticky?.body['properties'])['appSettingNames']).map(textOf);
    expect(different.filter((name) => name !== 'WEBSITE_CONTENTSHARE').sort()).toEqual([...names].sort());
    expect(names).toEqual(
      expect.arrayContaining(['PolyscoreStorage__blobServiceUri', 'PolyscoreStorage__queueServiceUri']),
    );
  });

  test('a setting of the parameter file wins over the default', () => {
    const applicationSettings = { POLYSCORE_WORKERS: '3', POLYSCORE_REFRESH_MS: '500' };
    const [settings = {}] = settingsOf('flex', environment('flex', 1, { applicationSettings }));
    expect(readConfig(settings)).toMatchObject({ workers: 3, refreshMs: 500 });
  });

  /** Settings of every app, each followed by its slot. */
  function settingsOf(plan: Plan, parameters: ValueObject): readonly Readonly<Record<string, string>>[] {
    const { deployed } = deploy(files, 'main.bicep', parameters);
    if (plan !== 'containerapp-gpu') {
      const configs = deployed.filter(({ name }) => name.endsWith('/appsettings'));
      return configs.map(({ body }) => texts(objectOf(body['properties'])));
    }
    return deployed
      .filter(({ type }) => type === 'Microsoft.App/containerApps')
      .map(({ body }) => {
        const [container] = arrayOf(objectOf(objectOf(body['properties'])['template'])['containers']);
        const entries = arrayOf(objectOf(container)['env']).map(objectOf);
        return Object.fromEntries(entries.map(({ name, value }) => [textOf(name), textOf(value)]));
      });
  }
});

function texts(settings: ValueObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, textOf(value)]));
}
