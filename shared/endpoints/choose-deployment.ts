import { ServingError } from '../errors';
import type { Deployment, Endpoint } from './endpoint';

/**
 * The deployment that serves a request by the endpoint's traffic.
 * @param roll uniform in [0, 100)
 */
export function chooseDeployment(endpoint: Endpoint, roll: number): Deployment {
  const [first] = endpoint.deployments;
  if (!endpoint.traffic) return found(first, endpoint);
  let upTo = 0;
  for (const deployment of endpoint.deployments) {
    upTo += endpoint.traffic[deployment.name] ?? 0;
    if (roll < upTo) return deployment;
  }
  return found(first, endpoint);
}

/** The deployment of that name, whatever its traffic: what a caller asks for by header. Throws `not-found`. */
export function deploymentNamed(endpoint: Endpoint, name: string): Deployment {
  const named = endpoint.deployments.find((deployment) => deployment.name === name);
  if (named) return named;
  const names = endpoint.deployments.map((deployment) => `"${deployment.name}"`).join(', ');
  throw new ServingError(
    'not-found',
    `Endpoint "${endpoint.name}" has no deployment "${name}"; it has ${names}`,
  );
}

function found(deployment: Deployment | undefined, endpoint: Endpoint): Deployment {
  if (deployment) return deployment;
  throw new Error(`Endpoint ${endpoint.name} has no deployment, which its schema refuses`);
}
