import type { Accuracy, Gains } from './accuracy';

/** A count with thousands separated, in English whatever the system speaks. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function percent(share: number): string {
  return `${share < 0 ? '−' : ''}${Math.abs(share * 100).toFixed(1)} %`;
}

/** Lines that tell how good models are, and over how many of them. */
export function accuracyLines(what: string, accuracy: Accuracy): string[] {
  const { flights, rmse, baselineMeanRmse, mae, baselineMeanMae, baselineMedianMae } = accuracy;
  return [
    `${what}, on ${count(flights)} later flights: RMSE ${rmse.toFixed(1)} min (mean ${baselineMeanRmse.toFixed(1)}), ` +
      `MAE ${mae.toFixed(1)} (mean ${baselineMeanMae.toFixed(1)}, median ${baselineMedianMae.toFixed(1)})`,
    `  RMSE against the mean:   ${gainsText(accuracy.rmseGainOverMean)}`,
    `  MAE against the mean:    ${gainsText(accuracy.maeGainOverMean)}`,
    `  MAE against the median:  ${gainsText(accuracy.maeGainOverMedian)}`,
  ];
}

function gainsText({ models, better, quantiles }: Gains): string {
  const spread = Object.entries(quantiles).map(([name, gain]) => `${name.slice(1)} %: ${percent(gain)}`);
  return `${count(better)} of ${count(models)} models better; gain at ${spread.join(' · ')}`;
}

/** Lines of a table whose columns stand one under the other; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
