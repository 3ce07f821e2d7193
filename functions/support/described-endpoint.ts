import type { HttpRequest } from '@azure/functions';
import type { Endpoint } from '../../shared/endpoints/endpoint';
import { describeEndpoint, type EndpointDescription } from '../../shared/scoring/endpoint-description';
import { services } from '../../shared/services';

/** An endpoint with what its deployments find in the registry now, and URIs of the origin that the caller used. */
export async function describedEndpoint(
  request: HttpRequest,
  endpoint: Endpoint,
): Promise<EndpointDescription> {
  const { onlineScorer } = services();
  const deployments = await Promise.all(
    endpoint.deployments.map(async (deployment) => {
      const index = await onlineScorer.index(deployment);
      return { deployment, index, columns: onlineScorer.columns(index) };
    }),
  );
  return describeEndpoint(endpoint, deployments, new URL(request.url).origin);
}
