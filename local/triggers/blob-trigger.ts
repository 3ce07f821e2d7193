import { type BlobItem, type ContainerClient, RestError } from '@azure/storage-blob';
import { type TypedData } from '../invocation';
import { describeError } from '../log';
import { resolveSettings, type StorageClients, storageClients } from '../storage-clients';
import { blobTriggerMetadata, quotedEtag } from './blob-metadata';
import { type BlobPath, parseBlobPath } from './blob-path';
import { BlobReceipts } from './blob-receipts';
import { sendToQueue } from './poison-queue';
import { startPollLoop } from './poll-loop';
import { bindingText, type Trigger, type TriggerOptions } from './trigger';

const RECEIPT_CONTAINER = 'azure-webjobs-hosts';
const POISON_QUEUE = 'webjobs-blobtrigger-poison';

export interface BlobTriggerOptions extends TriggerOptions {
  /** Pause between listings, ms. */
  readonly pollMs: number;
  /** Blobs in work at once, at least 1. */
  readonly concurrency: number;
  /** Failed tries of a version before it goes to the poison queue, at least 1. */
  readonly poisonThreshold: number;
}

/**
 * Calls a function once for every version (etag) of every blob that fits its path, by listing the container:
 * at least once, and not again after a restart. A version that fails is tried again after growing pauses, then
 * reported to `webjobs-blobtrigger-poison`, as the real host does. Containers that are missing are made.
 */
export async function startBlobTrigger(options: BlobTriggerOptions): Promise<Trigger> {
  const { fn, environment } = options;
  const path = parseBlobPath(resolveSettings(bindingText(fn, 'path'), environment));
  const connection = bindingText(fn, 'connection') || 'AzureWebJobsStorage';
  const storage = storageClients(connection, environment);
  const host = storageClients('AzureWebJobsStorage', environment);
  const container = storage.blobs.getContainerClient(path.container);
  await container.createIfNotExists();
  const receipts = await BlobReceipts.open(host.blobs.getContainerClient(RECEIPT_CONTAINER), fn.name);
  return new BlobTrigger(options, { path, connection, container, receipts, host });
}

interface BlobTriggerParts {
  readonly path: BlobPath;
  readonly connection: string;
  readonly container: ContainerClient;
  readonly receipts: BlobReceipts;
  readonly host: StorageClients;
}

/** Invariant: a path is in work at most once at a time, and never more than `concurrency` are. */
class BlobTrigger implements Trigger {
  readonly #options: BlobTriggerOptions;
  readonly #parts: BlobTriggerParts;
  readonly #inWork = new Map<string, Promise<void>>();
  /** Earliest time of the next try of a path whose last one failed, ms since the epoch. */
  readonly #notBefore = new Map<string, number>();
  readonly #loop;

  constructor(options: BlobTriggerOptions, parts: BlobTriggerParts) {
    this.#options = options;
    this.#parts = parts;
    const name = `Blob trigger of ${options.fn.name}`;
    this.#loop = startPollLoop(name, options.pollMs, (signal) => this.#scan(signal), options.log);
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await Promise.all(this.#inWork.values());
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const { path, container, receipts } = this.#parts;
    const seen = new Set<string>(this.#inWork.keys());
    for await (const item of container.listBlobsFlat({
      prefix: path.prefix,
      includeMetadata: true,
      abortSignal: signal,
    })) {
      if (signal.aborted) return;
      seen.add(item.name);
      const parameters = path.match(item.name);
      if (!parameters || this.#inWork.has(item.name)) continue;
      if (receipts.of(item.name, quotedEtag(item))?.isDone === true) continue;
      if ((this.#notBefore.get(item.name) ?? 0) > Date.now()) continue;
      while (this.#inWork.size >= this.#options.concurrency) await Promise.race(this.#inWork.values());
      signal.throwIfAborted();
      this.#take(item, parameters);
    }
    receipts.retain(seen);
  }

  #take(item: BlobItem, parameters: Readonly<Record<string, string>>): void {
    const work = this.#process(item, parameters)
      .catch((error: unknown) => {
        this.#options.log.error(`Blob trigger of ${this.#options.fn.name}: ${describeError(error)}`);
        this.#pause(item.name, 0);
      })
      .finally(() => this.#inWork.delete(item.name));
    this.#inWork.set(item.name, work);
  }

  async #process(item: BlobItem, parameters: Readonly<Record<string, string>>): Promise<void> {
    const { fn, invoke, log, poisonThreshold } = this.#options;
    const { path, container, receipts } = this.#parts;
    const etag = quotedEtag(item);
    const data = await this.#read(item, etag);
    if (!data) return; // changed or deleted since it was listed: the next listing tells
    const uri = container.getBlobClient(item.name).url;
    const failures = receipts.of(item.name, etag)?.failures ?? 0;
    try {
      await invoke(fn.name, {
        data,
        triggerMetadata: blobTriggerMetadata(path.container, item, uri, parameters),
      });
      log.debug(`${fn.name} had ${path.container}/${item.name} ${etag}`);
    } catch (thrown) {
      const isLast = failures + 1 >= poisonThreshold;
      log.error(
        `${fn.name} failed on ${path.container}/${item.name}, try ${failures + 1} of ${poisonThreshold}: ${describeError(thrown)}`,
      );
      if (isLast) await this.#poison(item.name, item.properties.blobType ?? 'BlockBlob', etag);
      await receipts.record({ path: item.name, etag, failures: failures + 1, isDone: isLast });
      if (!isLast) this.#pause(item.name, failures);
      return;
    }
    await receipts.record({ path: item.name, etag, failures, isDone: true });
    this.#notBefore.delete(item.name);
  }

  #pause(name: string, failures: number): void {
    this.#notBefore.set(name, Date.now() + this.#options.pollMs * 2 ** Math.min(failures, 10));
  }

  async #poison(name: string, blobType: string, etag: string): Promise<void> {
    const { fn, log } = this.#options;
    const { path, host } = this.#parts;
    const report = {
      Type: 'BlobTrigger',
      FunctionId: `Host.Functions.${fn.name}`,
      BlobType: blobType,
      ContainerName: path.container,
      BlobName: name,
      ETag: etag,
    };
    await sendToQueue(host.queues, POISON_QUEUE, JSON.stringify(report));
    log.error(`${fn.name} gave up on ${path.container}/${name}; reported to queue ${POISON_QUEUE}`);
  }

  /** The blob's bytes, or a reference to it under `sdkBinding: true`; undefined if this version is gone. */
  async #read(item: BlobItem, etag: string): Promise<TypedData | undefined> {
    const { path, connection, container } = this.#parts;
    if (this.#options.fn.trigger['sdkBinding'] === true) {
      const reference = { Connection: connection, ContainerName: path.container, BlobName: item.name };
      const content = Buffer.from(JSON.stringify(reference));
      const source = 'AzureStorageBlobs';
      return { modelBindingData: { version: '1.0', source, contentType: 'application/json', content } };
    }
    if (item.properties.contentLength === 0) return { bytes: Buffer.alloc(0) };
    try {
      const conditions = { ifMatch: etag };
      return {
        bytes: await container.getBlobClient(item.name).downloadToBuffer(0, undefined, { conditions }),
      };
    } catch (error) {
      if (error instanceof RestError && (error.statusCode === 404 || error.statusCode === 412))
        return undefined;
      throw error;
    }
  }
}
