import { z } from 'zod';

/** When a failed call is tried again; the names are the SDK's. */
const retryPolicySchema = z.object({
  firstRetryIntervalInMilliseconds: z.number(),
  maxNumberOfAttempts: z.number(),
  backoffCoefficient: z.number().optional(),
  maxRetryIntervalInMilliseconds: z.number().optional(),
  retryTimeoutInMilliseconds: z.number().optional(),
});
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

const httpRequestSchema = z.object({
  method: z.string(),
  uri: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  content: z.string().nullish(),
  /** Whether a 202 answer with a Location is polled until it is done. */
  asynchronousPatternEnabled: z.boolean().optional(),
});
export type HttpCallRequest = z.infer<typeof httpRequestSchema>;

const activity = { functionName: z.string(), input: z.unknown().optional() };
const subOrchestration = { ...activity, instanceId: z.string().nullish() };
const entity = { instanceId: z.string(), operation: z.string(), input: z.unknown().optional() };

const leaf = [
  z.object({ actionType: z.literal(0), ...activity }),
  z.object({ actionType: z.literal(1), ...activity, retryOptions: retryPolicySchema }),
  z.object({ actionType: z.literal(2), ...subOrchestration }),
  z.object({ actionType: z.literal(3), ...subOrchestration, retryOptions: retryPolicySchema }),
  z.object({ actionType: z.literal(4), input: z.unknown().optional() }),
  z.object({ actionType: z.literal(5), fireAt: z.string(), isCanceled: z.boolean().optional() }),
  z.object({ actionType: z.literal(6), externalEventName: z.string() }),
  z.object({ actionType: z.literal(7), ...entity }),
  z.object({ actionType: z.literal(8), httpRequest: httpRequestSchema }),
  z.object({ actionType: z.literal(9), ...entity }),
] as const;

/** An action that is not made of others. */
export type LeafAction = z.infer<(typeof leaf)[number]>;

/** `Task.any` (11) or `Task.all` (12) over other actions. */
interface CompoundAction {
  readonly actionType: 11 | 12;
  readonly compoundActions: OrchestratorAction[];
}

/** What an orchestrator asked for with one `yield` (its number is the SDK's `ActionType`). */
export type OrchestratorAction = LeafAction | CompoundAction;

const actionSchema: z.ZodType<OrchestratorAction> = z.lazy(() =>
  z.discriminatedUnion('actionType', [
    ...leaf,
    z.object({ actionType: z.literal([11, 12]), compoundActions: z.array(actionSchema) }),
  ]),
);

/** Reads one action of the SDK's answer; throws where it is none that this hub knows. */
export function parseAction(value: unknown): OrchestratorAction {
  const parsed = actionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .map((issue) => `/${issue.path.join('/')}: ${issue.message}`)
    .join('; ');
  throw new Error(`The orchestrator asked for an action that is not known here (${problems})`);
}

/** The place of a leaf in the list of actions: its own index, then those inside compound actions. */
export type ActionPath = readonly number[];

/** The leaves of an action, children of all/any in order, each with its place. */
export function* leavesOf(
  action: OrchestratorAction,
  path: ActionPath,
): Generator<{ readonly leaf: LeafAction; readonly path: ActionPath }> {
  if (!('compoundActions' in action)) {
    yield { leaf: action, path };
    return;
  }
  for (const [index, child] of action.compoundActions.entries()) yield* leavesOf(child, [...path, index]);
}

/** Whether the timer at this place of the (unparsed) list of actions has been cancelled. */
export function isTimerCanceled(actions: readonly unknown[], path: ActionPath): boolean {
  let action: unknown = { compoundActions: actions };
  for (const index of path) {
    const siblings: unknown = memberOf(action, 'compoundActions');
    action = Array.isArray(siblings) ? siblings[index] : undefined;
  }
  return memberOf(action, 'isCanceled') === true;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
