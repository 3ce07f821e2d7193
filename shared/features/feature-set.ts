import { z } from 'zod';

/**
 * A feature set says how columns of a row become the input vector of a model. It is part of the model's
 * manifest, and training, online scoring and batch scoring all compute it with the same code.
 */
const column = z.string().min(1).max(128);
const calendarPart = z.enum(['hour', 'weekday', 'month', 'day-of-month', 'day-of-year']);

export const featureSchema = z.discriminatedUnion('kind', [
  /** `(value − offset) / scale` of a numeric column. One element. */
  z.strictObject({
    kind: z.literal('number'),
    column,
    offset: z.number().default(0),
    scale: z.number().default(1),
  }),
  /** 1 where the calendar part of a timestamp column equals the value, else 0; one element per value. Weekday 0 is Sunday, UTC. */
  z.strictObject({
    kind: z.literal('calendar-one-hot'),
    column,
    part: calendarPart,
    values: z.array(z.int()).min(1),
  }),
  /** sin and cos of 2π·harmonic·part/period for harmonic 1…harmonics; two elements per harmonic. `hour` counts minutes as a fraction. */
  z.strictObject({
    kind: z.literal('calendar-cyclic'),
    column,
    part: calendarPart,
    period: z.number().positive(),
    harmonics: z.int().min(1).max(12),
  }),
  /** 1 where a text column equals the value, else 0; one element per value. */
  z.strictObject({ kind: z.literal('one-hot'), column, values: z.array(z.string()).min(1) }),
]);

export const featureSetSchema = z.strictObject({
  /** The model input that takes the vector: FP32 `[rows, width]`. */
  input: z.string().min(1),
  columns: z
    .array(
      z.strictObject({
        name: column,
        type: z.enum(['number', 'timestamp', 'text']),
        description: z.string().optional(),
      }),
    )
    .min(1),
  features: z.array(featureSchema).min(1),
});

export type CalendarPart = z.infer<typeof calendarPart>;
export type Feature = z.infer<typeof featureSchema>;
export type FeatureSet = z.infer<typeof featureSetSchema>;
export type ColumnType = FeatureSet['columns'][number]['type'];

/**
 * Column-wise values of some rows, as feature computation takes them. Numbers: NaN where missing.
 * Timestamps: milliseconds since 1970-01-01T00:00Z, NaN where missing. Text: dictionary codes into `values`, −1 where missing.
 */
export type ColumnValues =
  | { readonly type: 'number'; readonly values: Float64Array }
  | { readonly type: 'timestamp'; readonly epochMs: Float64Array }
  | { readonly type: 'text'; readonly codes: Int32Array; readonly values: readonly string[] };

/** Elements of the input vector that a feature set makes. */
export function featureWidth(set: FeatureSet): number {
  return set.features.reduce((width, feature) => width + widthOf(feature), 0);
}

function widthOf(feature: Feature): number {
  switch (feature.kind) {
    case 'number':
      return 1;
    case 'calendar-one-hot':
    case 'one-hot':
      return feature.values.length;
    case 'calendar-cyclic':
      return 2 * feature.harmonics;
  }
}
