import { type QueueClient, type ReceivedMessageItem } from '@azure/storage-queue';
import { type HostJson } from '../host-json';
import { type TypedData } from '../invocation';
import { describeError } from '../log';
import { resolveSettings, type StorageClients, storageClients } from '../storage-clients';
import { sendToQueue } from './poison-queue';
import { startPollLoop } from './poll-loop';
import { bindingText, type Trigger, type TriggerOptions } from './trigger';

/** A taken message stays hidden this long, s; it is renewed while its function runs, so a killed host's comes back. */
const HIDDEN_SECONDS = 30;
const RENEW_MS = 10_000;

export interface QueueTriggerOptions extends TriggerOptions {
  /** Pause between polls of an empty queue, ms. */
  readonly pollMs: number;
  readonly queues: HostJson['extensions']['queues'];
}

/**
 * Calls a function for every message of its queue, at least once. A message that failed comes back after
 * host.json's `visibilityTimeout`; after `maxDequeueCount` tries it goes to `<queue>-poison`.
 */
export async function startQueueTrigger(options: QueueTriggerOptions): Promise<Trigger> {
  const { fn, environment, queues: limits, pollMs, log } = options;
  const storage = storageClients(bindingText(fn, 'connection') || 'AzureWebJobsStorage', environment);
  const name = resolveSettings(bindingText(fn, 'queueName'), environment);
  const queue = storage.queues.getQueueClient(name);
  await queue.createIfNotExists();

  const loop = startPollLoop(`Queue trigger of ${fn.name}`, pollMs, drain, log);
  return { stop: () => loop.stop() };

  async function drain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const numberOfMessages = limits.batchSize;
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages,
        visibilityTimeout: HIDDEN_SECONDS,
        abortSignal: signal,
      });
      if (receivedMessageItems.length === 0) return;
      await Promise.all(receivedMessageItems.map((message) => handle(message)));
    }
  }

  async function handle(message: ReceivedMessageItem): Promise<void> {
    const text = decode(message.messageText, limits.messageEncoding);
    const hold = holdMessage(queue, message);
    try {
      await options.invoke(fn.name, { data: { string: text }, triggerMetadata: metadata(message, text) });
    } catch (thrown) {
      const tries = `try ${message.dequeueCount} of ${limits.maxDequeueCount}`;
      log.error(`${fn.name} failed on message ${message.messageId}, ${tries}: ${describeError(thrown)}`);
      const popReceipt = await hold.release();
      if (message.dequeueCount >= limits.maxDequeueCount) await giveUp(storage, message, popReceipt, text);
      else
        await queue.updateMessage(
          message.messageId,
          popReceipt,
          message.messageText,
          Math.ceil(limits.visibilityTimeout / 1000),
        );
      return;
    }
    await queue.deleteMessage(message.messageId, await hold.release());
  }

  async function giveUp(
    { queues }: StorageClients,
    message: ReceivedMessageItem,
    popReceipt: string,
    text: string,
  ): Promise<void> {
    await sendToQueue(queues, `${name}-poison`, text, limits.messageEncoding);
    await queue.deleteMessage(message.messageId, popReceipt);
    log.error(`${fn.name} gave up on message ${message.messageId}; moved to queue ${name}-poison`);
  }
}

/** Keeps a message hidden until release, which answers its latest pop receipt. */
function holdMessage(queue: QueueClient, message: ReceivedMessageItem): { release(): Promise<string> } {
  let popReceipt = message.popReceipt;
  let renewing: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    const renewed = await queue.updateMessage(
      message.messageId,
      popReceipt,
      message.messageText,
      HIDDEN_SECONDS,
    );
    popReceipt = renewed.popReceipt ?? popReceipt;
  };
  const timer = setInterval(() => {
    renewing = renewing.then(renew).catch(() => undefined); // a lost renewal only lets the message come again
  }, RENEW_MS);
  return {
    release: async () => {
      clearInterval(timer);
      await renewing;
      return popReceipt;
    },
  };
}

/** Base64 where the text is that, as the real host expects; plain text is taken as it is. */
function decode(text: string, encoding: 'base64' | 'none'): string {
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u.test(text);
  return encoding === 'base64' && isBase64 ? Buffer.from(text, 'base64').toString('utf8') : text;
}

function metadata(message: ReceivedMessageItem, text: string): Record<string, TypedData> {
  const time = (date: Date): TypedData => ({ json: JSON.stringify(date.toISOString()) });
  return {
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    DequeueCount: { int: message.dequeueCount },
    InsertionTime: time(message.insertedOn),
    ExpirationTime: time(message.expiresOn),
    NextVisibleTime: time(message.nextVisibleOn),
  };
}
