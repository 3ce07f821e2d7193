import type { ErrorCode } from '../errors';
import type { RowScores } from './online-scorer';
import type { PredictionColumn } from './scoring';

/**
 * The JSON of a row scoring answer: `rows` in the order they came, each with `prediction`, `model` and `version`, or with
 * `error`. One prediction column gives its value, several an object by name. 64-bit integers are exact digits.
 */
export function encodeRowAnswer({ endpoint, deployment, scored }: RowScores): string {
  const { models, modelOfRow, rejected, predictions } = scored;
  const endings = models.map(
    ({ model, version }) => `,"model":${JSON.stringify(model)},"version":${JSON.stringify(version)}}`,
  );
  const rows = Array.from(modelOfRow, (model, row) => {
    const reason = rejected.get(row);
    if (reason !== undefined) return errorJson(model, reason);
    if (model < 0) return '{"prediction":null}'; // the deployment skips rows without a model
    return `{"prediction":${predictionJson(predictions, row)}${endings[model] ?? '}'}`;
  });
  const head = JSON.stringify({ endpoint, deployment });
  return `${head.slice(0, -1)},"rows":[${rows.join(',')}]}`;
}

function predictionJson(predictions: readonly PredictionColumn[], row: number): string {
  const [only] = predictions;
  if (only && predictions.length === 1) return valueJson(only, row);
  const members = predictions.map((column) => `${JSON.stringify(column.name)}:${valueJson(column, row)}`);
  return `{${members.join(',')}}`;
}

function valueJson(column: PredictionColumn, row: number): string {
  if (column.datatype === 'BYTES') return JSON.stringify(column.values[row] ?? null);
  const value = column.values[row] ?? null;
  // A column of another model in the same request: this row's model has no such output.
  return typeof value === 'number' && !Number.isFinite(value) ? 'null' : String(value);
}

function errorJson(model: number, detail: string): string {
  const code: ErrorCode = model < 0 ? 'model-not-found' : 'inference-failed';
  return JSON.stringify({ error: { code, detail } });
}
