import { invokeFunction } from '../../../local/invocation';
import { EventType, type HistoryEvent } from '../../../local/durable/history-event';
import { HubState } from '../../../local/durable/hub-state';
import { missingFunction } from '../../../local/durable/hub-function';
import { type OrchestrationInstance } from '../../../local/durable/orchestration-instance';
import {
  beginTurn,
  parseAnswer,
  parseFailure,
  triggerInput,
  type OrchestratorAnswer,
} from '../../../local/durable/orchestrator-turn';
import { completeTurn, terminateTurn } from '../../../local/durable/turn-completion';
import {
  describeRecordings,
  loadedFunctions,
  loadFixtureApps,
  orchestrationRecordings,
  type OrchestrationRecording,
  type RecordedTurn,
} from './fixture-apps';

const recordings = orchestrationRecordings();

describeRecordings('the recordings of the Functions host', () => {
  beforeAll(loadFixtureApps);

  test('are all there: 27 orchestrations with 84 turns', () => {
    expect(recordings).toHaveLength(27);
    expect(recordings.flatMap(({ turns }) => turns)).toHaveLength(84);
  });

  test.each(recordings)(
    'the SDK answers every turn of $file as it did there',
    async ({ function: name, turns }) => {
      for (const turn of turns) {
        const answered = await rawAnswer(name, JSON.stringify(turn.input));
        expect(answered).toEqual(
          turn.failure ? { failure: turn.failure.exception.message } : { output: turn.output },
        );
      }
    },
  );

  test.each(recordings)(
    'fed with the events of $file, the hub composes every recorded turn',
    async (recorded) => {
      const compared = await replay(recorded);
      expect(compared).toBe(recorded.turns.length);
    },
  );
});

async function rawAnswer(name: string, input: string): Promise<unknown> {
  try {
    const { returnValue } = await invokeFunction(name, { data: { string: input } });
    return { output: JSON.parse(returnValue?.json ?? 'null') as unknown };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : error };
  }
}

/** Feeds the hub's core with what had arrived, turn by turn, and compares each turn that was recorded. */
async function replay(recorded: OrchestrationRecording): Promise<number> {
  const state = new HubState();
  let compared = 0;
  for (const run of runsOf(recorded)) {
    const { started, groups } = run;
    const { InstanceId: instanceId, ExecutionId: executionId } = started.OrchestrationInstance;
    const isNextRun = groups[0]?.isPrelude === true;
    if (!isNextRun) {
      const { Name: name, Input: input, ParentInstance: parent, Timestamp: at } = started;
      state.apply({ kind: 'start', start: { instanceId, executionId, name, input, parent, at } });
    }
    for (const [index, group] of groups.entries()) {
      const instance = instanceOf(state, instanceId);
      for (const event of group.messages) feed(state, instance, event);
      const turn = beginTurn(instance, group.clock);
      if (!turn) throw new Error(`Nothing to deliver in turn ${index}`);
      const length = instance.history.length + turn.events.length;
      const want = recorded.turns.find((candidate) => isTurn(candidate, executionId, length));
      if (want) {
        compared += 1;
        expect(comparable(JSON.parse(triggerInput(instance, turn)))).toEqual(comparable(want.input));
      }
      if (turn.events.some((event) => event.EventType === EventType.ExecutionTerminated)) {
        state.apply(terminateTurn(instance, turn, group.clock));
        continue;
      }
      const answer = await ask(instance.name, triggerInput(instance, turn));
      const surroundings = {
        at: group.clock,
        nextExecutionId: run.nextExecutionId,
        missingFunction: missing,
      };
      // Children have recordings of their own.
      state.apply({ ...completeTurn(instance, turn, answer, surroundings), starts: [] });
    }
  }
  expect(compared).toBeGreaterThan(0);
  return compared;
}

const missing = (name: string, type: 'activityTrigger' | 'orchestrationTrigger') =>
  missingFunction(loadedFunctions(), name, type);

async function ask(name: string, input: string): Promise<OrchestratorAnswer> {
  try {
    return parseAnswer(await invokeFunction(name, { data: { string: input } }));
  } catch (error) {
    return parseFailure(error);
  }
}

function instanceOf(state: HubState, instanceId: string): OrchestrationInstance {
  const instance = state.instances.get(instanceId);
  if (!instance) throw new Error(`No instance ${instanceId}`);
  return instance;
}

function feed(state: HubState, { instanceId }: OrchestrationInstance, event: HistoryEvent): void {
  if (event.EventType === EventType.ExecutionStarted) return;
  if (event.EventType === EventType.GenericEvent) {
    state.apply({ kind: 'rewind', instanceId, reason: event.Data ?? '', at: event.Timestamp });
    return;
  }
  state.apply({ kind: 'message', message: { to: instanceId, event: { ...event, IsPlayed: false } } });
}

interface TurnGroup {
  readonly clock: string;
  readonly messages: readonly HistoryEvent[];
  /** The first turn of a run after continueAsNew. */
  readonly isPrelude: boolean;
}

interface Run {
  readonly started: Extract<HistoryEvent, { readonly EventType: 0 }>;
  readonly groups: readonly TurnGroup[];
  readonly nextExecutionId: string;
}

/**
 * What arrived in each turn of each run. Each turn is read off the shortest history that has it: a rewind
 * rewrites what came before.
 */
function runsOf({ turns }: OrchestrationRecording): Run[] {
  const ids = [...new Set(turns.map(executionOf))];
  return ids.map((id, index) => {
    const histories = turns.filter((turn) => executionOf(turn) === id).map(historyOf);
    const started = histories[0]?.find((event) => event.EventType === EventType.ExecutionStarted);
    if (!started) throw new Error('A history without its start');
    const groups: TurnGroup[] = [];
    for (const history of histories) groups.push(...groupsOf(history).slice(groups.length));
    return { started, groups, nextExecutionId: ids[index + 1] ?? 'none' };
  });
}

function historyOf(turn: RecordedTurn): HistoryEvent[] {
  return turn.input.history as unknown as HistoryEvent[];
}

function groupsOf(history: readonly HistoryEvent[]): TurnGroup[] {
  const starts = history.flatMap((event, index) =>
    event.EventType === EventType.OrchestratorStarted ? [index] : [],
  );
  return starts.map((start, nth) => {
    const events = history.slice(start + 1, starts[nth + 1]);
    const started = events[0]?.EventType === EventType.ExecutionStarted ? events[0] : undefined;
    return {
      clock: history[start]?.Timestamp ?? '',
      messages: events
        .filter((event) => event.EventId === -1 && event.EventType !== EventType.OrchestratorCompleted)
        .filter((event) => !(event.EventType === EventType.GenericEvent && event.Data === null)),
      isPrelude: started?.Generation === null && started.ParentInstance === null,
    };
  });
}

function executionOf(turn: RecordedTurn): string {
  const started = historyOf(turn).find((event) => event.EventType === EventType.ExecutionStarted);
  return started?.OrchestrationInstance.ExecutionId ?? '';
}

function isTurn(turn: RecordedTurn, executionId: string, historyLength: number): boolean {
  return executionOf(turn) === executionId && turn.input.history.length === historyLength;
}

const WRITTEN_BY_HOST: ReadonlySet<unknown> = new Set([4, 7, 10, 12, 13, 14, 17]);

/** Leaves out what the clock and chance decide: when the host wrote its own events, and its tracing ids. */
function comparable(input: unknown): unknown {
  const { history, ...rest } = input as RecordedTurn['input'];
  return { ...rest, history: history.map(comparableEvent) };
}

function comparableEvent({ ...event }: Record<string, unknown>): unknown {
  if (WRITTEN_BY_HOST.has(event['EventType'])) event['Timestamp'] = 'any';
  if ('ClientSpanId' in event) expect(event['ClientSpanId']).toMatch(/^[0-9a-f]{16}$/);
  if (event['Generation'] === null) event['Timestamp'] = 'any';
  return { ...event, ...('ClientSpanId' in event && { ClientSpanId: 'any' }) };
}
