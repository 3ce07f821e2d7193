import { accuracyAfterSelection, accuracyOf, type Accuracy } from './accuracy';
import { delayModel, type DelayModel } from './delay-model';
import { judgeModels } from './evaluation';
import { readFlights } from './flights-file';
import { fitModels, type TrainingSettings } from './training';

/** What training gives: models to register, and what is known of their accuracy. */
export interface TrainingResult {
  readonly flights: number;
  readonly routes: number;
  readonly splitMs: number;
  readonly models: readonly DelayModel[];
  readonly accuracy: Readonly<Record<'route' | 'origin' | 'routeAfterSelection', Accuracy>>;
}

export type TrainingPhase = 'read' | 'fit' | 'judge';

/** Reads the flights, fits a model for every route and origin with enough of them, judges and writes them as ONNX. */
export function trainDelayModels(
  file: string,
  settings: TrainingSettings,
  onProgress: (phase: TrainingPhase, done: number, total: number) => void = () => undefined,
): TrainingResult {
  onProgress('read', 0, 1);
  const flights = readFlights(file);
  const fitted = fitModels(flights, settings, (done, total) => {
    onProgress('fit', done, total);
  });
  onProgress('judge', 0, 1);
  const judged = judgeModels(flights, fitted, settings);
  const routes = judged.filter(({ level }) => level === 'route');
  const origins = judged.filter(({ level }) => level === 'origin');
  return {
    flights: flights.rows,
    routes: flights.routes.length,
    splitMs: fitted.split.splitMs,
    models: judged.map((model) => delayModel(model, settings.featureSet)),
    accuracy: {
      route: accuracyOf(routes.map(({ later }) => later)),
      origin: accuracyOf(origins.map(({ later }) => later)),
      routeAfterSelection: accuracyAfterSelection(routes),
    },
  };
}
