import type { Catalog, ModelVersion } from '../../registry/catalog';

export interface RepositoryEntry {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'UNAVAILABLE';
  readonly reason: string;
}

/**
 * Every model version and whether it can be used: READY where a request would be served, loaded or not, since models
 * load on demand; UNAVAILABLE with the reason where its last load failed.
 * @param onlyReady Triton's `{"ready": true}`
 */
export function repositoryIndex(
  catalog: Catalog,
  failureOf: (version: ModelVersion) => string | undefined,
  onlyReady: boolean,
): RepositoryEntry[] {
  const entries: RepositoryEntry[] = [];
  for (const { name, versions } of catalog.models.values()) {
    for (const version of versions) {
      const reason = failureOf(version);
      const state = reason === undefined ? 'READY' : 'UNAVAILABLE';
      if (state === 'READY' || !onlyReady)
        entries.push({ name, version: version.version, state, reason: reason ?? '' });
    }
  }
  return entries;
}
