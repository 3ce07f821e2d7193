import * as df from 'durable-functions';
import { EventType } from '../../../local/durable/history-event';
import { closeHubs, openHub, resultOf } from './hub-harness';

df.app.activity('speedActivity', { handler: (input: { index: number }) => input.index + 1 });
df.app.orchestration('speedFanOut', function* (context) {
  const { count } = context.df.getInput<{ count: number }>();
  const tasks = Array.from({ length: count }, (_, index) =>
    context.df.callActivity('speedActivity', { index }),
  );
  const results = yield* resultOf<number[]>(context.df.Task.all(tasks));
  return results.reduce((sum, value) => sum + value, 0);
});

afterEach(closeHubs);

describe('TaskHub', () => {
  test('runs a fan-out of 1,000 trivial activities in few turns, and well under five seconds', async () => {
    const hub = openHub({ maxConcurrentActivities: 16 });
    const began = performance.now();
    const id = await hub.start('speedFanOut', { count: 1000 });
    const status = await hub.waitFor(id);
    expect(status.output).toBe((1000 * 1001) / 2);
    expect(performance.now() - began).toBeLessThan(5000);
    const history = await hub.history(id);
    const turns = history.filter((event) => event.EventType === EventType.OrchestratorStarted);
    expect(turns.length).toBeLessThan(200);
  });
});
