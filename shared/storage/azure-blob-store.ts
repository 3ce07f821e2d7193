import {
  type BlobRequestConditions,
  type BlobServiceClient,
  type BlockBlobClient,
} from '@azure/storage-blob';
import type {
  BlobProperties,
  BlobRef,
  BlobStore,
  ReadConditions,
  StagedBlock,
  WriteConditions,
  WriteOptions,
} from './blob-store';
import { parseBlobPath, parseContainerName } from './blob-name';
import { type BlobServiceSettings, openBlobService } from './blob-service';
import { decodeBlockId, encodeBlockId } from './block-id';
import { listedBlob, propertiesOf, quotedEtag } from './listed-blob';
import { hasStatus, isMissingContainer, type StorageOperation, toServingError } from './storage-fault';

const OPERATION_LIMIT_MS = 120_000;

export interface AzureBlobStoreSettings extends BlobServiceSettings {
  /** An operation without an answer after this, its tries together, is given up; default 120,000. Streams have no limit. */
  readonly operationLimitMs?: number | undefined;
}

/**
 * The storage port over Azure Blob Storage (and Azurite). Containers are made when the first write needs them.
 * Names are checked before they are sent (see parseBlobPath); faults become the errors that the port documents.
 */
export function createAzureBlobStore(settings: AzureBlobStoreSettings): BlobStore {
  return new AzureBlobStore(openBlobService(settings), settings.operationLimitMs ?? OPERATION_LIMIT_MS);
}

class AzureBlobStore implements BlobStore {
  readonly #service: BlobServiceClient;
  readonly #containers = new Map<string, Promise<void>>();
  readonly #operationLimitMs: number;

  constructor(service: BlobServiceClient, operationLimitMs: number) {
    this.#service = service;
    this.#operationLimitMs = operationLimitMs;
  }

  async properties(ref: BlobRef): Promise<BlobProperties | undefined> {
    return this.#read(ref, async (blob, abortSignal) => {
      try {
        const found = await blob.getProperties({ abortSignal });
        return propertiesOf(ref.path, found);
      } catch (fault) {
        if (hasStatus(fault, 404)) return undefined;
        throw fault;
      }
    });
  }

  async get(ref: BlobRef): Promise<{ readonly bytes: Buffer; readonly etag: string } | undefined> {
    return this.#read(ref, async (blob, abortSignal) => {
      try {
        const response = await blob.download(0, undefined, { abortSignal });
        const bytes = await collect(response.readableStreamBody);
        return { bytes, etag: quotedEtag(response.etag) };
      } catch (fault) {
        if (hasStatus(fault, 404)) return undefined;
        throw fault;
      }
    });
  }

  async getRange(ref: BlobRef, start: number, end: number, conditions?: ReadConditions): Promise<Buffer> {
    if (end <= start) return Buffer.alloc(0);
    return this.#read(ref, async (blob, abortSignal) => {
      try {
        const wanted = { abortSignal, conditions: conditionsOf(conditions) };
        const response = await blob.download(start, end - start, wanted);
        return await collect(response.readableStreamBody);
      } catch (fault) {
        if (hasStatus(fault, 416)) return Buffer.alloc(0);
        throw fault;
      }
    });
  }

  async *stream(
    ref: BlobRef,
    range?: { readonly start: number; readonly end?: number },
    conditions?: ReadConditions,
  ): AsyncIterable<Buffer> {
    const { start, end } = { start: 0, ...range };
    if (end !== undefined && end <= start) return;
    const count = end === undefined ? undefined : end - start;
    try {
      const options = { conditions: conditionsOf(conditions) };
      const response = await this.#blob(ref).download(start, count, options);
      for await (const chunk of response.readableStreamBody ?? []) yield toBuffer(chunk);
    } catch (fault) {
      if (!hasStatus(fault, 416)) throw toServingError(fault, 'read', placeOf(ref));
    }
  }

  async put(ref: BlobRef, bytes: Uint8Array, options?: WriteOptions): Promise<{ readonly etag: string }> {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#write(ref, async (blob, abortSignal) => {
      const done = await blob.upload(body, body.length, { abortSignal, ...writeOptionsOf(options) });
      return { etag: quotedEtag(done.etag) };
    });
  }

  async delete(ref: BlobRef): Promise<void> {
    await this.#read(ref, async (blob, abortSignal) => {
      try {
        await blob.delete({ abortSignal });
      } catch (fault) {
        if (!hasStatus(fault, 404)) throw fault;
      }
    });
  }

  async *list(container: string, prefix?: string): AsyncIterable<BlobProperties> {
    const client = this.#service.getContainerClient(parseContainerName(container));
    try {
      for await (const item of client.listBlobsFlat(prefix === undefined ? {} : { prefix })) {
        yield listedBlob(item);
      }
    } catch (fault) {
      if (!isMissingContainer(fault)) throw toServingError(fault, 'read', `Container ${container}`);
    }
  }

  async stageBlock(ref: BlobRef, blockId: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) throw new RangeError(`Block ${blockId}: Azure refuses empty blocks`);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await this.#write(ref, (blob, abortSignal) =>
      blob.stageBlock(encodeBlockId(blockId), body, body.length, { abortSignal }),
    );
  }

  async stagedBlocks(ref: BlobRef): Promise<readonly StagedBlock[]> {
    return this.#read(ref, async (blob, abortSignal) => {
      try {
        const { uncommittedBlocks = [] } = await blob.getBlockList('uncommitted', { abortSignal });
        return uncommittedBlocks.map(({ name, size }) => ({ id: decodeBlockId(name), sizeBytes: size }));
      } catch (fault) {
        if (hasStatus(fault, 404)) return [];
        throw fault;
      }
    });
  }

  async commitBlocks(
    ref: BlobRef,
    blockIds: readonly string[],
    options?: WriteOptions,
  ): Promise<{ readonly etag: string }> {
    return this.#write(ref, async (blob, abortSignal) => {
      const written = { abortSignal, ...writeOptionsOf(options) };
      const done = await blob.commitBlockList(blockIds.map(encodeBlockId), written);
      return { etag: quotedEtag(done.etag) };
    });
  }

  ensureContainer(container: string): Promise<void> {
    const name = parseContainerName(container);
    const made = this.#containers.get(name) ?? this.#createContainer(name);
    this.#containers.set(name, made);
    return made;
  }

  async #createContainer(name: string): Promise<void> {
    try {
      await this.#service.getContainerClient(name).createIfNotExists();
    } catch (fault) {
      this.#containers.delete(name);
      throw toServingError(fault, 'write', `Container ${name}`);
    }
  }

  async #read<T>(ref: BlobRef, run: BlobOperation<T>): Promise<T> {
    return guarded('read', ref, () => run(this.#blob(ref), this.#limit()));
  }

  /** Runs once more with the container made, where that was what the write failed of. */
  async #write<T>(ref: BlobRef, run: BlobOperation<T>): Promise<T> {
    return guarded('write', ref, async () => {
      const blob = this.#blob(ref);
      try {
        return await run(blob, this.#limit());
      } catch (fault) {
        if (!isMissingContainer(fault)) throw fault;
        this.#containers.delete(ref.container);
        await this.ensureContainer(ref.container);
        return await run(blob, this.#limit());
      }
    });
  }

  #limit(): AbortSignal {
    return AbortSignal.timeout(this.#operationLimitMs);
  }

  #blob(ref: BlobRef): BlockBlobClient {
    const container = this.#service.getContainerClient(parseContainerName(ref.container));
    return container.getBlockBlobClient(parseBlobPath(ref.path));
  }
}

type BlobOperation<T> = (blob: BlockBlobClient, abortSignal: AbortSignal) => Promise<T>;

async function guarded<T>(operation: StorageOperation, ref: BlobRef, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (fault) {
    throw toServingError(fault, operation, placeOf(ref));
  }
}

function placeOf(ref: BlobRef): string {
  return `Blob ${ref.container}/${ref.path}`;
}

async function collect(body: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body ?? []) chunks.push(toBuffer(chunk));
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function toBuffer(chunk: Buffer | string): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function conditionsOf(conditions: (ReadConditions & WriteConditions) | undefined): BlobRequestConditions {
  return {
    ...(conditions?.ifMatch !== undefined && { ifMatch: conditions.ifMatch }),
    ...(conditions?.ifNoneMatch !== undefined && { ifNoneMatch: conditions.ifNoneMatch }),
  };
}

function writeOptionsOf(options: WriteOptions | undefined) {
  return {
    conditions: conditionsOf(options),
    blobHTTPHeaders: { blobContentType: options?.contentType ?? 'application/octet-stream' },
  };
}
