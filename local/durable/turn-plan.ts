import { createHash } from 'node:crypto';
import { deterministicGuid } from './deterministic-guid';
import { type EntityMessage } from './entity-state';
import { EventType, justHappened, type HistoryEvent } from './history-event';
import { type InstanceStart } from './hub-record';
import { type ActionPath } from './orchestrator-action';
import {
  type ActivityCall,
  type HttpCall,
  type OpenTask,
  type OrchestrationInstance,
  type SubOrchestrationCall,
  type TimerContinuation,
} from './orchestration-instance';
import { compareTimestamps, plusMilliseconds, roundTripFormat, type Timestamp } from './timestamp';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer timers are waited for in parts. Source: the extension's `maximumShortTimerDuration`. */
const MAXIMUM_SHORT_TIMER_MS = 6 * DAY_MS;
/** Length of such a part. Source: the extension's `longRunningTimerIntervalDuration`. */
const LONG_TIMER_PART_MS = 3 * DAY_MS;

const HTTP_ACTIVITY = 'BuiltIn::HttpActivity';
const MESSAGES = 'Microsoft.Azure.WebJobs.Extensions.DurableTask';
const REQUEST_TYPE = `${MESSAGES}.RequestMessage, ${MESSAGES}`;
const NO_PREDECESSOR = '0001-01-01T00:00:00';

/**
 * Collects what one turn schedules. Every scheduled event takes the next event id: the SDK counts in the
 * same order, so its ids and these agree.
 */
export class TurnPlan {
  readonly events: HistoryEvent[] = [];
  readonly opened: OpenTask[] = [];
  readonly starts: InstanceStart[] = [];
  readonly operations: EntityMessage[] = [];
  readonly entityMessageTimes: Record<string, Timestamp>;
  entityMessageCount: number;
  nextEventId: number;
  readonly #instance: OrchestrationInstance;
  readonly #clock: Timestamp;
  readonly #at: Timestamp;

  /** `clock` is the turn's own time, which timers count from; `at` is when the events are written. */
  constructor(instance: OrchestrationInstance, clock: Timestamp, at: Timestamp) {
    this.#instance = instance;
    this.#clock = clock;
    this.#at = at;
    this.nextEventId = instance.nextEventId;
    this.entityMessageCount = instance.entityMessageCount;
    this.entityMessageTimes = { ...instance.entityMessageTimes };
  }

  /** `id` is given only where the SDK has numbered the call before. */
  call(call: ActivityCall | SubOrchestrationCall | HttpCall, id = this.#take()): void {
    this.opened.push({ ...call, id });
    if (call.kind === 'subOrchestration') {
      this.#startSubOrchestration(call, id);
      return;
    }
    const scheduled = justHappened(EventType.TaskScheduled, this.#at, id);
    const name = call.kind === 'http' ? HTTP_ACTIVITY : call.name;
    this.events.push({ ...scheduled, Name: name, Version: '', Input: null, ParentTraceContext: null });
  }

  /** A timer, or its first part when it is a long one. Returns its event id. */
  timer(
    until: Timestamp,
    options: { path?: ActionPath; then?: TimerContinuation; isCanceled?: boolean } = {},
  ) {
    const id = this.#take();
    const isLong = compareTimestamps(until, plusMilliseconds(this.#clock, MAXIMUM_SHORT_TIMER_MS)) > 0;
    const fireAt = isLong ? plusMilliseconds(this.#clock, LONG_TIMER_PART_MS) : until;
    this.events.push({ ...justHappened(EventType.TimerCreated, this.#at, id), FireAt: fireAt });
    if (options.isCanceled) return id;
    const then: TimerContinuation | undefined = isLong ? { kind: 'extend', until } : options.then;
    const { path } = options;
    this.opened.push({ id, kind: 'timer', fireAt, ...(path && { path }), ...(then && { then }) });
    return id;
  }

  entity(to: string, operation: string, input: unknown, isSignal: boolean): void {
    const { instanceId, executionId } = this.#instance;
    const name = `${instanceId}_${roundTripFormat(this.#clock)}_${this.entityMessageCount++}`;
    const requestId = deterministicGuid(name);
    const text = input === undefined || input === null ? null : JSON.stringify(input);
    const request = {
      $type: REQUEST_TYPE,
      op: operation,
      ...(isSignal && { signal: true }),
      ...(text !== null && { input: text }),
      id: requestId,
      parent: instanceId,
      parentExecution: executionId,
      Timestamp: this.#clock,
      Predecessor: this.entityMessageTimes[to] ?? NO_PREDECESSOR,
    };
    this.entityMessageTimes[to] = this.#clock;
    const sent = justHappened(EventType.EventSent, this.#at, this.#take());
    this.events.push({ ...sent, InstanceId: to, Name: 'op', Input: JSON.stringify(request) });
    const caller = isSignal ? {} : { caller: { instanceId, executionId } };
    this.operations.push({ to, operation: { name: operation, input: text, isSignal, requestId, ...caller } });
  }

  /** Keeps an id for something that the SDK has numbered and that is scheduled later. */
  reserve(): number {
    return this.#take();
  }

  #take(): number {
    return this.nextEventId++;
  }

  #startSubOrchestration(call: SubOrchestrationCall, id: number): void {
    const { name, instanceId: parentId, executionId: parentExecution } = this.#instance;
    const instanceId = call.instanceId ?? `${parentExecution}:${id}`;
    const seed = createHash('sha1').update(`${parentExecution}:${id}`).digest('hex');
    const created = justHappened(EventType.SubOrchestrationInstanceCreated, this.#at, id);
    const spanId = seed.slice(0, 16);
    this.events.push({
      ...created,
      Name: call.name,
      Version: '',
      InstanceId: instanceId,
      Input: null,
      ClientSpanId: spanId,
    });
    // An attempt that comes too late for its retry timeout fails without running.
    if (call.retry?.expired) return;
    this.starts.push({
      instanceId,
      executionId: deterministicGuid(`${parentId}_${parentExecution}_${id}`).replaceAll('-', ''),
      name: call.name,
      input: call.input,
      parent: {
        Name: name,
        OrchestrationInstance: { InstanceId: parentId, ExecutionId: parentExecution },
        TaskScheduleId: id,
        Version: '',
      },
      at: this.#at,
    });
  }
}
