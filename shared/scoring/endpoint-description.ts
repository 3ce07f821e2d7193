import type { Deployment, Endpoint } from '../endpoints/endpoint';
import type { ModelIndex } from '../endpoints/model-index';
import { predictionSpecs } from './prediction-columns';
import type { RowColumn } from './row-columns';
import { sampleRows } from './sample-rows';

/** A deployment with what its selector finds in the registry now. */
export interface ResolvedDeployment {
  readonly deployment: Deployment;
  readonly index: ModelIndex;
  readonly columns: readonly RowColumn[];
}

/** What discovery lists of each endpoint. */
export interface EndpointSummary {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `no-models` where no deployment finds any model to serve. */
  readonly state: 'ready' | 'no-models';
  readonly scoringUri: string;
  readonly jobsUri: string;
  readonly modelCount: number;
}

/** Everything a client needs to call an endpoint. */
export interface EndpointDescription extends EndpointSummary {
  readonly deployments: readonly {
    readonly name: string;
    readonly trafficPercent: number;
    readonly selector: Deployment['selector'];
    readonly modelCount: number;
  }[];
  readonly input: { readonly columns: readonly RowColumn[] };
  readonly output: { readonly columns: readonly { readonly name: string; readonly datatype: string }[] };
  /** The document itself: what a PUT replaces, guarded by the answer's ETag. */
  readonly definition: Endpoint;
  /** A request that works as it is. */
  readonly sample: { readonly method: 'POST'; readonly url: string; readonly body: unknown };
}

/** @param origin scheme, host and port that the caller used */
export function endpointSummary(
  endpoint: Endpoint,
  indexes: readonly ModelIndex[],
  origin: string,
): EndpointSummary {
  const versions = new Set(indexes.flatMap((index) => index.versions));
  const { name, description, tags } = endpoint;
  return {
    name,
    description,
    tags,
    state: versions.size === 0 ? 'no-models' : 'ready',
    scoringUri: `${origin}/endpoints/${name}/score`,
    jobsUri: `${origin}/endpoints/${name}/jobs`,
    modelCount: versions.size,
  };
}

/** Columns are those of the deployment that most traffic goes to. */
export function describeEndpoint(
  endpoint: Endpoint,
  deployments: readonly ResolvedDeployment[],
  origin: string,
): EndpointDescription {
  const indexes = deployments.map(({ index }) => index);
  const summary = endpointSummary(endpoint, indexes, origin);
  const [main] = [...deployments].sort((a, b) => trafficOf(endpoint, b) - trafficOf(endpoint, a));
  const specs = main ? predictionSpecs(main.index.versions, endpoint.outputNames) : [];
  return {
    ...summary,
    deployments: deployments.map((resolved) => ({
      name: resolved.deployment.name,
      trafficPercent: trafficOf(endpoint, resolved),
      selector: resolved.deployment.selector,
      modelCount: resolved.index.modelCount,
    })),
    input: { columns: main?.columns ?? [] },
    output: { columns: specs.map(({ column, datatype }) => ({ name: column, datatype })) },
    definition: endpoint,
    sample: {
      method: 'POST',
      url: summary.scoringUri,
      body: { rows: main ? sampleRows(main.index, main.columns, main.deployment.selector) : [] },
    },
  };
}

function trafficOf(endpoint: Endpoint, { deployment }: ResolvedDeployment): number {
  if (endpoint.traffic) return endpoint.traffic[deployment.name] ?? 0;
  return endpoint.deployments[0] === deployment ? 100 : 0;
}
