import type { Gate } from '../../shared/registry/gate';
import type { ModelRegistry } from '../../shared/registry/model-registry';
import { promote, type Promotion } from '../../shared/registry/promotion';
import type { DelayModel } from './delay-model';

/** A model serves only where its later flights are further from the mean of the earlier ones than from its predictions. */
const promotionGate: Gate = [
  { metric: 'rmse', comparison: 'below', against: { metric: 'baselineMeanRmse' } },
];

/** Registers trained models as version 1 of as many candidates, in one pack. */
export async function registerCandidates(
  candidates: ModelRegistry,
  models: readonly DelayModel[],
): Promise<void> {
  await candidates.registerPack(models.map((model) => ({ ...model, version: '1' })));
}

/** Promotes every candidate that passes the gate. */
export function promoteCandidates(candidates: ModelRegistry, production: ModelRegistry): Promise<Promotion> {
  return promote(candidates, production, { gate: promotionGate });
}

/** How many rejected models had which reason, figures left out: "rmse is not below baselineMeanRmse" → 12. */
export function rejectionReasons({ rejected }: Promotion): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) {
    const kind = reason.replaceAll(/ -?\d+(\.\d+)?(e-?\d+)?/g, '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
