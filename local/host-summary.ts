import { type RegisteredFunction } from './functions-core';
import { type Host } from './host';
import { routeMethods, routeText } from './http/http-functions';
import { bindingText } from './triggers/trigger';

/** What a person wants to see once the host runs: address, storage, data, and the functions by trigger. */
export function hostSummary({ url, storage, dataFolder, functions, routePrefix }: Host): string[] {
  const of = (type: string): readonly RegisteredFunction[] =>
    functions.filter(({ trigger }) => trigger.type === type);
  const names = (type: string): string =>
    of(type)
      .map(({ name }) => name)
      .join(', ');
  return [
    `Polyscore on ${url}`,
    `  storage  ${storage.url}${storage.startedHere ? ' (Azurite, started here)' : ''}`,
    `  data     ${dataFolder}`,
    ...of('httpTrigger').map(
      (fn) => `  http     ${routeMethods(fn).join(',').padEnd(9)} /${routeText(fn, routePrefix)}  ${fn.name}`,
    ),
    ...of('blobTrigger').map((fn) => `  blob     ${bindingText(fn, 'path')}  ${fn.name}`),
    ...of('queueTrigger').map((fn) => `  queue    ${bindingText(fn, 'queueName')}  ${fn.name}`),
    ...of('timerTrigger').map((fn) => `  timer    ${bindingText(fn, 'schedule')}  ${fn.name}`),
    ...section('warmup', names('warmupTrigger')),
    ...section('durable', [names('orchestrationTrigger'), names('entityTrigger')].filter(Boolean).join(', ')),
    ...section('activity', names('activityTrigger')),
    'Ctrl-C stops it',
  ];
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : [`  ${title.padEnd(8)} ${text}`];
}
