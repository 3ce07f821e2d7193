import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { trainingSettings } from './training';
import { trainDelayModels, type TrainingPhase, type TrainingResult } from './training-run';

/** What the thread tells: how far it is, then the result. */
type Message =
  | {
      readonly kind: 'progress';
      readonly phase: TrainingPhase;
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'result'; readonly result: TrainingResult };

const PROGRESS_STEP = 64;

/** Trains on a thread of its own, so that progress is drawn and Ctrl-C is heard meanwhile; `signal` ends it at once. */
export function trainOnThread(
  file: string,
  onProgress: (phase: TrainingPhase, done: number, total: number) => void,
  signal: AbortSignal,
): Promise<TrainingResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { file } });
    const abort = (): void => {
      void worker.terminate();
      reject(new Error('Training was interrupted'));
    };
    signal.addEventListener('abort', abort, { once: true });
    worker.on('message', (message: Message) => {
      if (message.kind === 'progress') onProgress(message.phase, message.done, message.total);
      else resolve(message.result);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', abort);
      reject(new Error(`The training thread ended with code ${code}`));
    });
  });
}

function runThread(file: string): void {
  const tell = (message: Message): void => parentPort?.postMessage(message);
  const result = trainDelayModels(file, trainingSettings, (phase, done, total) => {
    if (done % PROGRESS_STEP === 0) tell({ kind: 'progress', phase, done, total });
  });
  tell({ kind: 'result', result });
}

const input: unknown = workerData;
if (!isMainThread && typeof input === 'object' && input !== null && 'file' in input) {
  if (typeof input.file === 'string') runThread(input.file);
}
