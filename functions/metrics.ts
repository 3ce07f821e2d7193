import { app } from '@azure/functions';
import { onlineMetrics } from '../shared/scoring/online-metrics';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler } from './support/http-handler';

/** `GET /metrics`: this instance's counters as Prometheus text. */
export const metrics = httpHandler('api', () => {
  const { sessions, onlineScorer } = services();
  return {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: onlineMetrics(sessions.stats(), onlineScorer.counters),
  };
});

app.http('metrics', { methods: ['GET'], route: 'metrics', authLevel: AUTH_LEVEL, handler: metrics });
