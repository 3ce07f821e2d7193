import { describeWithChecker, knownRoles, parseInfra, withoutChecker } from './bicep-check';
import { type BicepFiles, deploy, type Deployed, type Deployment } from './bicep-deployment';
import { arrayOf, objectOf, textOf, type Value, type ValueObject } from './bicep-values';
import { CLOSED, ENVIRONMENTS, environment, PLANS } from './environments';

const files: BicepFiles = withoutChecker === undefined ? parseInfra() : new Map();
const ROLES: Readonly<Record<string, string>> = withoutChecker === undefined ? knownRoles() : {};
const run = (parameters: ValueObject): Deployment => deploy(files, 'main.bicep', parameters);
const ofType = ({ deployed }: Deployment, type: string): readonly Deployed[] =>
  deployed.filter((d) => d.type.toLowerCase() === type.toLowerCase());
const at = (value: Value | undefined, ...keys: readonly string[]): Value | undefined =>
  keys.reduce<Value | undefined>((v, key) => (v === undefined ? v : objectOf(v)[key]), value);

describeWithChecker('main.bicep, evaluated', () => {
  test.each(ENVIRONMENTS)(
    '%s: evaluates, and every stamp is in the outputs',
    (_, plan, regions, parameters) => {
      const { outputs } = run(parameters);
      expect(arrayOf(outputs['AZURE_STAMPS']).map((stamp) => textOf(at(stamp, 'code')))).toEqual(
        ['sdc', 'neu', 'wus3', 'aue'].slice(0, regions),
      );
      expect(outputs['AZURE_PLAN']).toBe(plan);
    },
  );

  test.each(ENVIRONMENTS)(
    '%s: no two deployments or resources of a group share a name',
    (_, _plan, _r, parameters) => {
      const names = run(parameters).deployed.map(({ group, type, name }) =>
        `${group} ${type} ${name}`.toLowerCase(),
      );
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    },
  );

  test.each(ENVIRONMENTS)(
    '%s: storage names are legal and unique in the world',
    (_, _plan, _r, parameters) => {
      const accounts = ofType(run(parameters), 'Microsoft.Storage/storageAccounts').map(({ name }) => name);
      expect(accounts.filter((name) => !/^[a-z0-9]{3,24}$/.test(name))).toEqual([]);
      expect(new Set(accounts).size).toBe(accounts.length);
    },
  );

  test.each(ENVIRONMENTS)('%s: names keep within the limits of Azure', (_, _plan, _r, parameters) => {
    const { deployed } = run(parameters);
    const limits: Readonly<Record<string, number>> = {
      module: 64,
      'Microsoft.Web/sites': 32,
      'Microsoft.App/containerApps': 32,
      'Microsoft.Cdn/profiles': 46,
      'Microsoft.Network/privateEndpoints': 64,
    };
    expect(deployed.filter(({ type, name }) => name.length > (limits[type] ?? 260))).toEqual([]);
  });

  test.each(ENVIRONMENTS)(
    '%s: a registry is copied to at most two accounts, and is never a copy of a copy',
    (_, _plan, regions, parameters) => {
      const policies = ofType(run(parameters), 'Microsoft.Storage/storageAccounts/objectReplicationPolicies');
      const sources = policies.filter(({ file }) => file.endsWith('replication-source.bicep'));
      expect(sources).toHaveLength(Math.min(regions - 1, 2));
      expect(new Set(sources.map(({ group }) => group)).size).toBeLessThanOrEqual(1);
    },
  );

  test('the fourth region reads the registry of the second, and may', () => {
    const deployment = run(environment('premium', 4, CLOSED));
    const [, second, , fourth] = arrayOf(deployment.outputs['AZURE_STAMPS']);
    expect(at(fourth, 'registryAccount')).toBe(at(second, 'registryAccount'));
    const access = deployment.deployed.find(({ name }) => name === 'registry-access-aue');
    expect(access?.group).toBe('rg-production12-neu');
    expect(access?.body['readableRegistry']).toBe(at(second, 'registryAccount'));
  });

  test.each(PLANS)(
    '%s: a closed network has an endpoint for every service of every account in use',
    (plan) => {
      const deployment = run(environment(plan, 1, CLOSED));
      const links = ofType(deployment, 'Microsoft.Network/privateEndpoints').map(({ name }) =>
        name.replace(/^pe-ps(\w{3}).*-(\w+)$/, '$1 $2'),
      );
      const common = ['run blob', 'run queue', 'run table', 'dat blob', 'dat queue', 'reg blob'];
      const premium = plan === 'premium' ? ['slt blob', 'slt queue', 'cnt file'] : [];
      expect([...links].sort()).toEqual([...common, ...premium].sort());
      const open = ofType(deployment, 'Microsoft.Storage/storageAccounts').filter(
        ({ body }) => at(body, 'properties', 'publicNetworkAccess') !== 'Disabled',
      );
      expect(open).toEqual([]);
    },
  );

  test.each(PLANS)(
    '%s: private origins are off the public network, and Front Door asks for a link to each',
    (plan) => {
      const deployment = run(environment(plan, 2, CLOSED));
      const hosts = deployment.deployed.filter(({ type }) =>
        ['Microsoft.Web/sites', 'Microsoft.Web/sites/slots', 'Microsoft.App/managedEnvironments'].includes(
          type,
        ),
      );
      expect(hosts.map(({ body }) => at(body, 'properties', 'publicNetworkAccess'))).toEqual(
        hosts.map(() => 'Disabled'),
      );
      const origins = ofType(deployment, 'Microsoft.Cdn/profiles/originGroups/origins');
      const links = origins.map(({ body }) => at(body, 'properties', 'sharedPrivateLinkResource', 'groupId'));
      expect(links).toEqual(Array(2).fill(plan === 'containerapp-gpu' ? 'managedEnvironments' : 'sites'));
      expect(deployment.outputs['AZURE_PRIVATE_ORIGINS']).toBe('true');
    },
  );

  test.each(['premium', 'flex'] as const)(
    '%s: behind Front Door a site refuses everybody else by its id',
    (plan) => {
      const frontDoor = { ...CLOSED.frontDoor, sku: 'Standard_AzureFrontDoor' };
      const deployment = run(environment(plan, 1, { frontDoor }));
      for (const { body } of deployment.deployed.filter(({ type }) => /sites(\/slots)?$/.test(type))) {
        const lock = at(body, 'properties', 'siteConfig');
        expect(at(lock, 'ipSecurityRestrictionsDefaultAction')).toBe('Deny');
        const [rule] = arrayOf(at(lock, 'ipSecurityRestrictions'));
        expect(arrayOf(at(rule, 'headers', 'x-azure-fdid')).map(textOf)).toEqual([
          expect.stringContaining('frontDoorId'),
        ]);
      }
      expect(deployment.outputs['AZURE_PRIVATE_ORIGINS']).toBe('false');
    },
  );

  test('without a front door there is none of its resources, and the first app is the endpoint', () => {
    const deployment = run(environment('flex', 2));
    expect(deployment.deployed.filter(({ type }) => type.startsWith('Microsoft.Cdn'))).toEqual([]);
    expect(textOf(deployment.outputs['AZURE_ENDPOINT'])).toMatch(/^https:\/\/<.*defaultHostName>$/);
  });

  test('probes go to the readiness route, and only where there is a choice of regions', () => {
    const probes = [1, 2].map((regions) => {
      const deployment = run(environment('flex', regions, CLOSED));
      const [group] = ofType(deployment, 'Microsoft.Cdn/profiles/originGroups');
      return at(group?.body, 'properties', 'healthProbeSettings');
    });
    expect(probes[0]).toBeNull();
    expect(probes[1]).toMatchObject({ probePath: '/v2/health/ready', probeIntervalInSeconds: 30 });
  });

  test.each(PLANS)('%s: uploads go to the inbox queue of the same account, by identity', (plan) => {
    const deployment = run(environment(plan, 1));
    const [subscription] = ofType(deployment, 'Microsoft.EventGrid/systemTopics/eventSubscriptions');
    const delivery = at(
      subscription?.body,
      'properties',
      'deliveryWithResourceIdentity',
      'destination',
      'properties',
    );
    const queues = ofType(deployment, 'Microsoft.Storage/storageAccounts/queueServices/queues').map(
      ({ name }) => name,
    );
    expect(queues).toContain(
      `${textOf(at(delivery, 'resourceId')).split('/').at(-1) ?? ''}/default/inbox-events`,
    );
    expect(at(delivery, 'queueName')).toBe('inbox-events');
  });

  test.each(PLANS)('%s: the scheduler is there where it is asked for, and always for containers', (plan) => {
    const without = ofType(run(environment(plan, 1)), 'Microsoft.DurableTask/schedulers');
    const withIt = ofType(
      run(environment(plan, 1, { durableTaskScheduler: true })),
      'Microsoft.DurableTask/schedulers',
    );
    expect([without.length, withIt.length]).toEqual([plan === 'containerapp-gpu' ? 1 : 0, 1]);
  });

  test('containers without an image are refused before anything is made', () => {
    const parameters = { ...environment('flex', 1), plan: 'containerapp-gpu' };
    expect(() => run(parameters)).toThrow('plan containerapp-gpu needs the parameter container');
  });

  test.each(PLANS)('%s: the roles are exactly these, so that nobody gets one by accident', (plan) => {
    const deployment = run(environment(plan, 1, CLOSED));
    const grants = ofType(deployment, 'Microsoft.Authorization/roleAssignments').map(({ body }) => {
      const properties = objectOf(body['properties']);
      const who = textOf(properties['principalId']).includes('principalId') ? 'app' : 'publisher';
      const role = ROLES[textOf(properties['roleDefinitionId']).split('/').at(-1) ?? ''] ?? 'unknown';
      return `${who}: ${role} on ${textOf(objectOf(body['scope'])['name']).slice(0, 5)}`;
    });
    const data = plan === 'premium' ? ['psdat', 'psslt'] : ['psdat'];
    expect([...grants].sort()).toEqual(
      [
        'app: Storage Blob Data Owner on psrun',
        'app: Storage Queue Data Contributor on psrun',
        'app: Storage Table Data Contributor on psrun',
        'app: Storage Blob Data Reader on psreg',
        'app: Monitoring Metrics Publisher on appi-',
        'app: Durable Task Data Contributor on dts-p',
        'publisher: Storage Blob Data Contributor on psreg',
        ...data.flatMap((account) => [
          `app: Storage Blob Data Owner on ${account}`,
          `app: Storage Queue Data Contributor on ${account}`,
          `publisher: Storage Blob Data Contributor on ${account}`,
        ]),
        ...(plan === 'containerapp-gpu' ? ['app: AcrPull on image'] : []),
      ].sort(),
    );
  });

  test('the image is pulled with a role in the group of its registry', () => {
    const access = run(environment('containerapp-gpu', 1)).deployed.filter(({ name }) =>
      name.startsWith('image-access'),
    );
    expect(access.map(({ group, body }) => [group, body['imageRegistry']])).toEqual([['images', 'images']]);
  });

  test('zone redundancy keeps two instances on premium', () => {
    const scale = { minimumInstances: 0, maximumInstances: 5 };
    const [plan] = ofType(
      run(environment('premium', 1, { zoneRedundant: true, scale })),
      'Microsoft.Web/serverfarms',
    );
    expect(at(plan?.body, 'sku', 'capacity')).toBe(2);
  });

  test('nobody to tell means no alert and no budget; somebody means all of them', () => {
    const quiet = run(environment('flex', 1, { operations: { logRetentionDays: 30, latencyLimitMs: 1000 } }));
    expect(quiet.deployed.filter(({ type }) => /Alert|QueryRules|budgets|actionGroups/.test(type))).toEqual(
      [],
    );
    const loud = run(environment('flex', 1, CLOSED));
    const rules = ofType(loud, 'Microsoft.Insights/scheduledQueryRules').map(({ name }) =>
      name.replace(/^alert-production12-.{6}-/, ''),
    );
    expect(rules).toEqual([
      'availability',
      'latency-p99',
      'error-rate',
      'cold-loads',
      'failed-jobs',
      'poison-queue',
      'drift',
    ]);
    expect(ofType(loud, 'Microsoft.Insights/metricAlerts')).toHaveLength(1);
    expect(ofType(loud, 'Microsoft.Consumption/budgets')).toHaveLength(1);
  });

  test('five regions, or a name that is too long, are refused', () => {
    const parameters = environment('flex', 4);
    const five = [...arrayOf(parameters['regions']), arrayOf(parameters['regions'])[0] ?? null];
    expect(() => run({ ...parameters, regions: five })).toThrow('regions: maxLength 4, got 5');
    expect(() => run({ ...parameters, environmentName: 'thirteen-char' })).toThrow(
      'environmentName: maxLength 12',
    );
  });
});
