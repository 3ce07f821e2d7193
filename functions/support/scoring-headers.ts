import type { ModelVersion } from '../../shared/registry/catalog';
import type { CacheUse } from '../../shared/scoring/online-scorer';

/** What every scoring answer tells: the model where there was one only, and whether a load was waited for. */
export function scoringHeaders(
  models: readonly ModelVersion[],
  { cache, loadMs }: CacheUse,
): Record<string, string> {
  const [only] = models;
  return {
    'polyscore-cache': cache === 'hit' ? 'hit' : `miss;load_ms=${Math.round(loadMs)}`,
    ...(only && models.length === 1 && { 'polyscore-model': only.model, 'polyscore-version': only.version }),
  };
}
