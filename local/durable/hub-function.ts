/** A function of the app, as far as a task hub has to know it. */
export interface HubFunction {
  readonly name: string;
  /** Type of its trigger binding, for example `orchestrationTrigger`. */
  readonly triggerType: string;
}

/** Says why a function cannot be called, in the extension's words; undefined when it can. */
export function missingFunction(
  functions: readonly HubFunction[],
  name: string,
  triggerType: 'activityTrigger' | 'orchestrationTrigger',
): string | undefined {
  const known = functions.filter((candidate) => candidate.triggerType === triggerType);
  if (known.some((candidate) => candidate.name.toLowerCase() === name.toLowerCase())) return undefined;
  const kind = triggerType === 'activityTrigger' ? 'activity' : 'orchestrator';
  const names = known.map((candidate) => `'${candidate.name}'`).join(', ');
  const hint = `Additional info: The following are the known ${kind} functions: ${names}.`;
  return `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function. ${hint}`;
}
