import { type ValueObject } from './bicep-values';

export const PLANS = ['premium', 'flex', 'containerapp-gpu'] as const;
export type Plan = (typeof PLANS)[number];

const REGIONS = [
  { name: 'swedencentral', code: 'sdc', priority: 1, weight: 500, addressPrefix: '10.10.0.0/16' },
  { name: 'northeurope', code: 'neu', priority: 1, weight: 500, addressPrefix: '10.20.0.0/16' },
  { name: 'westus3', code: 'wus3', priority: 2, weight: 500, addressPrefix: '10.30.0.0/16' },
  { name: 'australiaeast', code: 'aue', priority: 2, weight: 500, addressPrefix: '10.40.0.0/16' },
] as const;

/** Parameters of main.bicep: everything open and small unless `more` says otherwise. */
export function environment(plan: Plan, regions: number, more: ValueObject = {}): ValueObject {
  return {
    environmentName: 'test',
    plan,
    regions: REGIONS.slice(0, regions),
    scale: { minimumInstances: 1, maximumInstances: 20 },
    operations: { logRetentionDays: 30, latencyLimitMs: 1000, alertEmail: 'operators@example.com' },
    ...(plan === 'containerapp-gpu' ? { container: GPU_CONTAINER } : {}),
    ...more,
  };
}

const GPU_CONTAINER = {
  image: 'images.azurecr.io/polyscore:1-cuda',
  registryId:
    '/subscriptions/other/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/images',
  gpu: 'Consumption-GPU-NC8as-T4',
} as const;

/** Everything closed: private storage, private origins, zones, scheduler, a publisher. */
export const CLOSED = {
  environmentName: 'production12',
  zoneRedundant: true,
  privateNetworking: true,
  durableTaskScheduler: true,
  frontDoor: {
    sku: 'Premium_AzureFrontDoor',
    wafMode: 'Prevention',
    requestsPerMinute: 3000,
    probeIntervalSeconds: 30,
    customDomain: 'scoring.example.com',
  },
  outerAuthentication: { tenantId: 't', clientId: 'c', allowedAudiences: ['api://polyscore'] },
  publishers: [{ objectId: 'pipeline', type: 'ServicePrincipal' }],
  operations: {
    logRetentionDays: 90,
    latencyLimitMs: 500,
    alertEmail: 'operators@example.com',
    budget: { amount: 1500, startDate: '2026-03-01' },
  },
} as const;

/** Every plan with one to four regions, open and closed: name, plan, number of regions, parameters. */
export const ENVIRONMENTS = PLANS.flatMap((plan) =>
  [1, 2, 3, 4].flatMap((regions) => [
    [`${plan}, ${regions} regions, open`, plan, regions, environment(plan, regions)] as const,
    [`${plan}, ${regions} regions, closed`, plan, regions, environment(plan, regions, CLOSED)] as const,
  ]),
);
