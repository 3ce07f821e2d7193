import { randomUUID } from 'node:crypto';
import { type Binding, type RegisteredFunction } from './functions-core';
import { type InvocationAnswer, type InvocationRequest, type TypedData } from './invocation';
import { type Environment, resolveSettings, storageClients } from './storage-clients';
import { sendToQueue } from './triggers/poison-queue';

/** Writes what a function returned, or set on `context.extraOutputs`, to its blob and queue outputs. */
export async function writeOutputs(
  fn: RegisteredFunction,
  request: InvocationRequest,
  answer: InvocationAnswer,
  environment: Environment,
): Promise<void> {
  const values = new Map(answer.outputData?.map(({ name, data }) => [name, data]));
  if (answer.returnValue) values.set('$return', answer.returnValue);
  for (const [name, binding] of Object.entries(fn.metadata.bindings)) {
    const value = values.get(name);
    if (value === undefined || binding.direction !== 'out') continue;
    if (binding.type === 'blob') await writeBlob(binding, value, request, environment);
    if (binding.type === 'queue') await writeQueue(binding, value, environment);
  }
}

async function writeBlob(
  binding: Binding,
  value: TypedData,
  request: InvocationRequest,
  environment: Environment,
): Promise<void> {
  const path = fillPath(resolveSettings(text(binding, 'path'), environment), request);
  const slash = path.indexOf('/');
  const { blobs } = storageClients(text(binding, 'connection') || 'AzureWebJobsStorage', environment);
  const container = blobs.getContainerClient(path.slice(0, slash));
  await container.createIfNotExists();
  const bytes = Buffer.from(value.bytes ?? plainText(value));
  await container.getBlockBlobClient(path.slice(slash + 1)).upload(bytes, bytes.length);
}

async function writeQueue(binding: Binding, value: TypedData, environment: Environment): Promise<void> {
  const name = resolveSettings(text(binding, 'queueName'), environment);
  const { queues } = storageClients(text(binding, 'connection') || 'AzureWebJobsStorage', environment);
  const parsed: unknown = value.json === undefined ? undefined : JSON.parse(value.json);
  const messages = Array.isArray(parsed)
    ? parsed.map((item: unknown) => (typeof item === 'string' ? item : JSON.stringify(item)))
    : [value.bytes === undefined ? plainText(value) : Buffer.from(value.bytes).toString('utf8')];
  for (const message of messages) await sendToQueue(queues, name, message);
}

/** Puts the trigger's parameters into `{name}`; `{rand-guid}` is a new id. Throws an Error for one not known. */
function fillPath(path: string, { triggerMetadata = {} }: InvocationRequest): string {
  return path.replaceAll(/\{([^{}]+)\}/gu, (token, name: string) => {
    if (name.toLowerCase() === 'rand-guid') return randomUUID();
    const value = triggerMetadata[name]?.string;
    if (value === undefined) throw new Error(`Output path "${path}": the trigger has no value for ${token}`);
    return value;
  });
}

function plainText(value: TypedData): string {
  return value.string ?? value.json ?? String(value.int ?? value.double ?? '');
}

function text(binding: Binding, option: string): string {
  const value = binding[option];
  return typeof value === 'string' ? value : '';
}
