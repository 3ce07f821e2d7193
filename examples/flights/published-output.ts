import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pl from 'nodejs-polars';
import type { BlobRef, BlobStore } from '../../shared/storage/blob-store';
import { textTable } from './demo-text';
import { PREDICTION_COLUMN } from './flight-endpoint';
import { meanAbsoluteError, measureErrors, rootMeanSquaredError } from './model-errors';

/** Errors of the published predictions on the later flights, minutes. */
export interface PublishedAccuracy {
  readonly flights: number;
  readonly rmse: number;
  readonly mae: number;
}

/** A row of the output with the model that scored it. */
export interface PublishedRow {
  /** 0-based, in the output. */
  readonly row: number;
  readonly model: string;
  readonly origin: string;
  readonly destination: string;
}

/** Streams a blob into a file. */
export async function downloadBlob(store: BlobStore, ref: BlobRef, file: string): Promise<void> {
  await pipeline(store.stream(ref), createWriteStream(file));
}

/** The published predictions, as a person looks at them. */
export class PublishedOutput {
  readonly #frame: pl.DataFrame;

  /** Reads a Parquet file. */
  constructor(file: string) {
    this.#frame = pl.readParquet(file);
  }

  get rows(): number {
    return this.#frame.height;
  }

  /** The first rows as a table, one string a line. */
  firstRows(count: number): string[] {
    const rows = this.#frame.head(count).rows();
    return textTable([this.#frame.columns, ...rows.map((row: readonly unknown[]) => row.map(cellText))]);
  }

  /** How far the predictions for flights from `splitMs` on are from what came. */
  accuracy(splitMs: number): PublishedAccuracy {
    const later = this.#frame.filter(pl.col('date').gtEq(pl.lit(new Date(splitMs))));
    const numbers = (name: string): Float64Array =>
      Float64Array.from(later.getColumn(name).cast(pl.Float64).toArray(), Number);
    const predictions = numbers(PREDICTION_COLUMN);
    const errors = measureErrors(numbers('delay'), (index) => predictions[index] ?? NaN);
    return {
      flights: errors.rows,
      rmse: rootMeanSquaredError(errors),
      mae: meanAbsoluteError(errors),
    };
  }

  /** Rows of different routes, spread over the output, each scored by its route's own model. */
  rowsOfDifferentRoutes(count: number): PublishedRow[] {
    const found = new Map<string, PublishedRow>();
    const step = Math.max(1, Math.floor(this.rows / (count + 1)));
    const [origins, destinations, models] = ['origin', 'destination', 'model'].map((name) =>
      this.#frame.getColumn(name),
    );
    for (let start = step; start < this.rows && found.size < count; start += step) {
      for (let row = start; row < Math.min(start + step, this.rows); row++) {
        const origin = String(origins?.get(row));
        const destination = String(destinations?.get(row));
        const model = String(models?.get(row));
        if (!model.endsWith(`-${origin}-${destination}`) || found.has(model)) continue;
        found.set(model, { row, model, origin, destination });
        break;
      }
    }
    return [...found.values()];
  }
}

function cellText(value: unknown): string {
  if (value instanceof Date) return value.toISOString().slice(0, 16);
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(4) : String(value);
}
