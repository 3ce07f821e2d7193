import { checkGate, type Gate, type GateRule } from '../../shared/registry/gate';

const beatsBaseline: GateRule = { metric: 'rmse', comparison: 'below', against: { metric: 'baselineRmse' } };

describe('checkGate', () => {
  test('a gate without rules lets everything pass', () => {
    expect(checkGate([], {})).toEqual([]);
  });

  test.each<[string, GateRule, Record<string, number>]>([
    ['below a threshold', { metric: 'mae', comparison: 'below', against: 10 }, { mae: 9.99 }],
    ['above a threshold', { metric: 'r2', comparison: 'above', against: 0.5 }, { r2: 0.51 }],
    ['below another metric', beatsBaseline, { rmse: 19.9, baselineRmse: 20 }],
    ['better by exactly the gain', { ...beatsBaseline, minGain: 0.25 }, { rmse: 15, baselineRmse: 20 }],
    [
      'better than a negative number',
      { metric: 'loss', comparison: 'below', against: -4, minGain: 0.5 },
      { loss: -6 },
    ],
    ['missing but not required', { ...beatsBaseline, required: false }, { rmse: 1 }],
    ['wholly missing but not required', { ...beatsBaseline, required: false }, {}],
  ])('%s passes', (_rule, rule, metrics) => {
    expect(checkGate([rule], metrics)).toEqual([]);
  });

  test.each<[GateRule, Record<string, number>, string]>([
    [{ metric: 'mae', comparison: 'below', against: 10 }, { mae: 10 }, 'mae 10 is not below 10'],
    [{ metric: 'r2', comparison: 'above', against: 0.5 }, { r2: 0.5 }, 'r2 0.5 is not above 0.5'],
    [beatsBaseline, { rmse: 20, baselineRmse: 20 }, 'rmse 20 is not below baselineRmse 20'],
    [
      { ...beatsBaseline, minGain: 0.07 },
      { rmse: 19, baselineRmse: 20 },
      'rmse 19 is not below by 7 % baselineRmse 20',
    ],
    [beatsBaseline, { baselineRmse: 20 }, 'rmse is missing'],
    [beatsBaseline, { rmse: 20 }, 'baselineRmse is missing'],
    [beatsBaseline, { rmse: NaN, baselineRmse: 20 }, 'rmse NaN is not below baselineRmse 20'],
    [
      { ...beatsBaseline, required: false },
      { rmse: 21, baselineRmse: 20 },
      'rmse 21 is not below baselineRmse 20',
    ],
  ])('%j with %j is rejected: %s', (rule, metrics, reason) => {
    expect(checkGate([rule], metrics)).toEqual([reason]);
  });

  test('every rule must hold, and every reason is given', () => {
    const gate: Gate = [beatsBaseline, { metric: 'rows', comparison: 'above', against: 99 }];
    expect(checkGate(gate, { rmse: 2, baselineRmse: 1, rows: 3 })).toHaveLength(2);
    expect(checkGate(gate, { rmse: 1, baselineRmse: 2, rows: 3 })).toEqual(['rows 3 is not above 99']);
  });
});
