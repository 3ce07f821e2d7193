import type { SessionCacheStats } from '../runtime/session-cache-options';
import type { OnlineCounters } from './online-counters';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** The metrics of online scoring and of the session cache, of this process, as Prometheus text (version 0.0.4). */
export function onlineMetrics(cache: SessionCacheStats, counters: OnlineCounters): string {
  const rows = counters.rows();
  const inferences = counters.inferences();
  const endpointOf = ({ endpoint, deployment }: (typeof rows)[number]): Labels => ({ endpoint, deployment });
  const modelOf = ({ model, version }: (typeof inferences)[number]): Labels => ({ model, version });
  return [
    gauge('polyscore_sessions', 'Models loaded now.', cache.sessions),
    gauge('polyscore_sessions_leased', 'Loaded models in use now.', cache.leased),
    gauge('polyscore_session_bytes', 'Memory accounted to loaded models.', cache.bytes),
    gauge('polyscore_session_budget_bytes', 'Memory that loaded models may take.', cache.budgetBytes),
    counter('polyscore_session_hits_total', 'Requests that found their model loaded.', [[{}, cache.hits]]),
    counter('polyscore_session_misses_total', 'Requests that waited for a load.', [[{}, cache.misses]]),
    counter('polyscore_session_loads_total', 'Models loaded.', [[{}, cache.loads]]),
    counter('polyscore_session_load_failures_total', 'Loads that failed.', [[{}, cache.loadFailures]]),
    counter('polyscore_session_load_seconds_total', 'Time spent loading.', [[{}, cache.loadMsTotal / 1_000]]),
    counter('polyscore_session_wait_timeouts_total', 'Requests that gave up waiting.', [
      [{}, cache.waitTimeouts],
    ]),
    counter(
      'polyscore_session_evictions_total',
      'Models unloaded, by reason.',
      Object.entries(cache.evictions).map(([reason, count]): Sample => [{ reason }, count]),
    ),
    counter(
      'polyscore_row_requests_total',
      'Row scoring requests.',
      rows.map((count): Sample => [endpointOf(count), count.requests]),
    ),
    counter(
      'polyscore_rows_total',
      'Rows of row scoring requests, by outcome.',
      rows.flatMap((count): Sample[] => [
        [{ ...endpointOf(count), outcome: 'scored' }, count.rowsScored],
        [{ ...endpointOf(count), outcome: 'rejected' }, count.rowsRejected],
      ]),
    ),
    counter(
      'polyscore_inference_requests_total',
      'Open Inference requests, by outcome.',
      inferences.flatMap((count): Sample[] => [
        [{ ...modelOf(count), outcome: 'success' }, count.success],
        [{ ...modelOf(count), outcome: 'failure' }, count.failure],
      ]),
    ),
    counter(
      'polyscore_inference_seconds_total',
      'Time of Open Inference requests, loads included.',
      inferences.map((count): Sample => [modelOf(count), count.durationMs / 1_000]),
    ),
  ].join('');
}

function gauge(name: string, help: string, value: number): string {
  return metric(name, 'gauge', help, [[{}, value]]);
}

function counter(name: string, help: string, samples: readonly Sample[]): string {
  return metric(name, 'counter', help, samples);
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
