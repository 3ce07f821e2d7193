/** Where a blob lies: container names and paths are those of Azure Blob Storage. */
export interface BlobRef {
  readonly container: string;
  /** Without a leading slash; may contain `/`. */
  readonly path: string;
}

export interface BlobProperties {
  readonly path: string;
  readonly sizeBytes: number;
  /** With its quotes, as HTTP writes it. Changes with every write, also of equal bytes. */
  readonly etag: string;
  /** MD5 of the content in base64 where storage knows it (a single-shot upload), else undefined. */
  readonly contentMd5: string | undefined;
  readonly lastModified: Date;
}

/** Conditions of RFC 9110; a write that fails one throws ServingError `etag-conflict`. */
export interface WriteConditions {
  readonly ifMatch?: string;
  /** Only `*`: the blob must not exist yet. */
  readonly ifNoneMatch?: '*';
}

export interface WriteOptions extends WriteConditions {
  readonly contentType?: string;
}

export interface ReadConditions {
  /** The read throws `etag-conflict` when the blob has changed since this etag. */
  readonly ifMatch?: string;
}

export interface StagedBlock {
  readonly id: string;
  readonly sizeBytes: number;
}

/**
 * The one port to blob storage. Reads of what does not exist throw ServingError `not-found`,
 * except where they answer `undefined`. Faults of the network or the service throw `storage-unavailable`
 * after the adapter's own retries.
 */
export interface BlobStore {
  properties(ref: BlobRef): Promise<BlobProperties | undefined>;
  /** The whole blob; undefined if there is none. For documents and small files. */
  get(ref: BlobRef): Promise<{ readonly bytes: Buffer; readonly etag: string } | undefined>;
  /** Bytes from `start` (inclusive) to `end` (exclusive); a range past the end is cut there. */
  getRange(ref: BlobRef, start: number, end: number, conditions?: ReadConditions): Promise<Buffer>;
  /** The blob's bytes in order, in chunks; from `start` (inclusive) to `end` (exclusive) where given. */
  stream(
    ref: BlobRef,
    range?: { readonly start: number; readonly end?: number },
    conditions?: ReadConditions,
  ): AsyncIterable<Buffer>;
  /** Writes the whole blob at once. */
  put(ref: BlobRef, bytes: Uint8Array, options?: WriteOptions): Promise<{ readonly etag: string }>;
  delete(ref: BlobRef): Promise<void>;
  /** In ordinal order of path. */
  list(container: string, prefix?: string): AsyncIterable<BlobProperties>;
  /** Uploads a block that nobody sees until {@link commitBlocks}; ids of one blob have one length (ASCII, at most 64). */
  stageBlock(ref: BlobRef, blockId: string, bytes: Uint8Array): Promise<void>;
  /** Blocks staged and not yet committed; none for a blob never staged. */
  stagedBlocks(ref: BlobRef): Promise<readonly StagedBlock[]>;
  /** Makes the blob out of blocks, in this order, at one instant. Staged blocks not named are dropped. */
  commitBlocks(
    ref: BlobRef,
    blockIds: readonly string[],
    options?: WriteOptions,
  ): Promise<{ readonly etag: string }>;
  /** Creates the container unless it is there. */
  ensureContainer(container: string): Promise<void>;
}

/** Names of the containers; each may be moved to another account by configuration. */
export const CONTAINERS = {
  models: 'models',
  candidates: 'candidates',
  config: 'config',
  inbox: 'inbox',
  ledger: 'ledger',
  predictions: 'predictions',
} as const;
