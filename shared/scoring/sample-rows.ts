import type { Selector } from '../endpoints/endpoint';
import type { ModelIndex } from '../endpoints/model-index';
import type { ModelVersion } from '../registry/catalog';
import type { RowColumn } from './row-columns';

const MOST_ROWS = 2;
const SAMPLE_TIME = '2001-06-15T12:00:00Z';

/**
 * Rows that score as they are: keys from the tags of real models, numbers around what the models were trained on
 * (a feature's offset), texts that a feature knows.
 */
export function sampleRows(
  index: ModelIndex,
  columns: readonly RowColumn[],
  selector: Selector,
): readonly Record<string, string | number>[] {
  return index.versions.slice(0, MOST_ROWS).map((version) => {
    const keys = keyValues(version, selector);
    return Object.fromEntries(
      columns.map((column) => [column.name, keys.get(column.name) ?? sampleValue(column, version)]),
    );
  });
}

/** Of the first rule whose tags the version carries all. */
function keyValues({ tags }: ModelVersion, selector: Selector): ReadonlyMap<string, string> {
  if (selector.kind === 'model') return new Map();
  const rule = selector.rules.find(({ keys }) => keys.every(({ tag }) => Object.hasOwn(tags, tag)));
  return new Map(rule?.keys.map(({ column, tag }) => [column, tags[tag] ?? '']));
}

function sampleValue({ name, type }: RowColumn, { featureSet }: ModelVersion): string | number {
  const feature = featureSet?.features.find(({ column }) => column === name);
  switch (type) {
    case 'timestamp':
      return SAMPLE_TIME;
    case 'number':
      return feature?.kind === 'number' ? Math.round(feature.offset) : 0;
    case 'text':
      return (feature?.kind === 'one-hot' ? feature.values[0] : undefined) ?? '';
  }
}
