/**
 * One condition on a version's metrics: `metric` is below (or above) a threshold or another metric of the same version.
 * With a gain, it must be better by that share of what it is compared with: rmse below baselineRmse by 0.02 means
 * rmse ≤ 0.98 · baselineRmse.
 */
export interface GateRule {
  readonly metric: string;
  readonly comparison: 'below' | 'above';
  readonly against: number | { readonly metric: string };
  /** A share, at least 0; default 0: strictly better. */
  readonly minGain?: number;
  /** Whether a version without the metric, or without the one compared with, is rejected; default true. */
  readonly required?: boolean;
}

/** Every rule must hold. A gate without rules lets everything pass. */
export type Gate = readonly GateRule[];

/** Why a version with these metrics does not pass, one sentence a rule; none where it passes. */
export function checkGate(gate: Gate, metrics: Readonly<Record<string, number>>): string[] {
  return gate.flatMap((rule) => checkRule(rule, metrics) ?? []);
}

function checkRule(rule: GateRule, metrics: Readonly<Record<string, number>>): string | undefined {
  const { metric, comparison, against, minGain = 0, required = true } = rule;
  const value = metrics[metric];
  const reference = typeof against === 'number' ? against : metrics[against.metric];
  const name = typeof against === 'number' ? String(against) : against.metric;
  if (value === undefined) return required ? `${metric} is missing` : undefined;
  if (reference === undefined) return required ? `${name} is missing` : undefined;

  const gain = comparison === 'below' ? reference - value : value - reference;
  const isBetter = minGain === 0 ? gain > 0 : gain >= minGain * Math.abs(reference);
  if (isBetter) return undefined;
  const wanted = minGain === 0 ? comparison : `${comparison} by ${Number((minGain * 100).toFixed(4))} %`;
  const compared = typeof against === 'number' ? name : `${name} ${reference}`;
  return `${metric} ${value} is not ${wanted} ${compared}`;
}
