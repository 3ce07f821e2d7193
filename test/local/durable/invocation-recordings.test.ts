import { type EntityState } from '../../../local/durable/entity-state';
import {
  activityRequest,
  entityRequest,
  parseEntityAnswer,
  resultText,
} from '../../../local/durable/task-data';
import { type TypedData } from '../../../local/invocation';
import { describeRecordings, orchestrationRecordings, recording } from './fixture-apps';

interface Invocation {
  readonly request: {
    readonly inputData: readonly { readonly data: TypedData }[];
    readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  };
  readonly response: { readonly returnValue?: TypedData | null };
}

const ACTIVITIES = ['rpc-activity', 'rpc2-activity', 'rpc3-activity'].map(
  (name) => `invocations-${name}.json`,
);

function invocationsIn(file: string): Invocation[] {
  return Object.values(recording(file) as Record<string, Invocation[]>).flat();
}

/** The recorder names the member that is set once more. */
function withoutName(recorded: TypedData): TypedData {
  return Object.fromEntries(Object.entries(recorded).filter(([name]) => name !== 'data'));
}

/** Every activity input that a recorded orchestrator asked for, by instance and text. */
function inputsAskedFor(): Map<string, unknown> {
  const inputs = new Map<string, unknown>();
  const visit = (instanceId: string, action: unknown): void => {
    const { actionType, input, compoundActions } = action as {
      actionType: number;
      input?: unknown;
      compoundActions?: unknown[];
    };
    if (actionType <= 1) inputs.set(`${instanceId}:${JSON.stringify(input)}`, input);
    for (const child of compoundActions ?? []) visit(instanceId, child);
  };
  for (const { turns } of orchestrationRecordings()) {
    for (const { instanceId, output } of turns) {
      const actions = (output as { actions?: unknown[][] } | undefined)?.actions?.[0] ?? [];
      for (const action of actions) visit(instanceId, action);
    }
  }
  return inputs;
}

describeRecordings('the recorded invocations of activities and entities', () => {
  test.each(ACTIVITIES)('%s: an activity is handed exactly what the orchestrator asked for', (file) => {
    const asked = inputsAskedFor();
    const invocations = invocationsIn(file);
    expect(invocations.length).toBeGreaterThan(4);
    for (const { request } of invocations) {
      const instanceId = request.triggerMetadata['instanceId']?.string ?? '';
      const input = asked.get(`${instanceId}:${request.triggerMetadata['data']?.json ?? ''}`);
      expect(input).toBeDefined();
      const composed = activityRequest(instanceId, input);
      expect(composed.data).toEqual(withoutName(request.inputData[0]?.data ?? {}));
      for (const [name, data] of Object.entries(composed.triggerMetadata ?? {})) {
        expect(data).toEqual(withoutName(request.triggerMetadata[name] ?? {}));
      }
    }
  });

  test('what activities returned becomes the result that the history shows', () => {
    const results = new Set<unknown>();
    for (const { turns } of orchestrationRecordings()) {
      for (const event of turns.flatMap((turn) => turn.input.history)) results.add(event['Result']);
    }
    const texts = ACTIVITIES.flatMap(invocationsIn).flatMap(({ response }) =>
      response.returnValue ? [resultText({ returnValue: response.returnValue })] : [],
    );
    expect(texts).toHaveLength(9);
    for (const text of texts) expect(results).toContain(text);
  });

  test('an entity is handed its state and its batch, and leaves the state of the next batch', () => {
    const entity: EntityState = {
      id: '@cnt@k',
      exists: false,
      state: null,
      lastOperationTime: '',
      queue: [],
    };
    const invocations = invocationsIn('invocations-rpc-entity.json');
    expect(invocations).toHaveLength(3);
    for (const { request, response } of invocations) {
      const recorded = request.inputData[0]?.data.string ?? '';
      const { batch } = JSON.parse(recorded) as {
        batch: { name: string; input: string | null; isSignal: boolean }[];
      };
      entity.queue = batch.map((operation) => ({ ...operation, requestId: 'any' }));
      const composed = entityRequest(entity);
      expect(composed.data.string).toBe(recorded);
      expect(composed.triggerMetadata?.['self']).toEqual(withoutName(request.triggerMetadata['self'] ?? {}));
      expect(composed.triggerMetadata?.['exists']).toEqual(
        withoutName(request.triggerMetadata['exists'] ?? {}),
      );
      const answer = parseEntityAnswer(response);
      entity.exists = answer.entityExists;
      entity.state = answer.entityState;
    }
    expect(entity.state).toBe('7');
  });
});

describe('activityRequest', () => {
  test.each([
    [true, { string: 'True' }],
    [false, { string: 'False' }],
    [null, {}],
    [undefined, {}],
    [1.5, { string: '1.5' }],
    ['"text"', { string: '"text"' }],
    [{ a: [1, null] }, { string: '{"a":[1,null]}' }],
  ])('hands %j over as .NET writes it', (input, data) => {
    expect(activityRequest('i', input).data).toEqual(data);
  });
});

describe('resultText', () => {
  test.each<[TypedData | null, string | null]>([
    [null, null],
    [{}, null],
    [{ json: 'null' }, null],
    [{ json: '{"a":1}' }, '{"a":1}'],
    [{ string: 'text' }, '"text"'],
    [{ int: 0 }, '0'],
    [{ double: 1.5 }, '1.5'],
    [{ bytes: Buffer.from('AB') }, '"QUI="'],
  ])('turns %j into %j', (returnValue, text) => {
    expect(resultText({ returnValue })).toBe(text);
  });
});
