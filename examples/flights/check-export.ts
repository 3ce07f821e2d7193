import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelRegistry } from '../../shared/registry/model-registry';
import type { PublishedAccuracy, PublishedRow } from './published-output';

/** What an independent program needs beside the output to recompute some of its rows. */
export interface CheckExport {
  readonly folder: string;
  /** The scored file, absolute. */
  readonly input: string;
  readonly splitMs: number;
  readonly rowsScored: number;
  readonly rowsRejected: number;
  readonly published: PublishedAccuracy;
  readonly rows: readonly PublishedRow[];
}

/**
 * Writes `check.json` and, for every row, its model's ONNX file and manifest as production holds them.
 * test/clients/test_flights_output.py reads it.
 */
export async function exportCheck(production: ModelRegistry, check: CheckExport): Promise<void> {
  const { folder, rows, ...rest } = check;
  mkdirSync(folder, { recursive: true });
  const catalog = await production.refresh();
  const versions = rows.flatMap(({ model }) => catalog.models.get(model)?.versions.at(-1) ?? []);
  const manifests = await production.manifests(versions);
  const files = await production.fetchMany(versions);
  const listed = rows.map((row) => {
    const at = versions.findIndex(({ model }) => model === row.model);
    const bytes = files.get(versions[at]?.digest ?? '');
    if (!bytes || !manifests[at]) throw new Error(`production does not hold ${row.model}`);
    const onnx = `${row.model}.onnx`;
    const manifest = `${row.model}.json`;
    writeFileSync(join(folder, onnx), bytes.onnx);
    writeFileSync(join(folder, manifest), `${JSON.stringify(manifests[at], undefined, 2)}\n`);
    return { ...row, onnx, manifest };
  });
  writeFileSync(join(folder, 'check.json'), `${JSON.stringify({ ...rest, rows: listed }, undefined, 2)}\n`);
}
