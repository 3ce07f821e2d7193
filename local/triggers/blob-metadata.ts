import { type BlobItem } from '@azure/storage-blob';
import { type TypedData } from '../invocation';

/** Numbers of .NET enums that the real host writes into `Properties`. */
const blobTypes = { PageBlob: 1, BlockBlob: 2, AppendBlob: 3 } as const;
const leaseStates = { available: 1, leased: 2, expired: 3, breaking: 4, broken: 5 } as const;

/** The etag with its quotes, as HTTP and the real host write it; listings come without. */
export function quotedEtag({ properties }: BlobItem): string {
  return properties.etag.startsWith('"') ? properties.etag : `"${properties.etag}"`;
}

/**
 * Trigger metadata of a blob as recorded from the real host: `BlobTrigger`, `Uri`, `Properties`, `Metadata` and
 * the path's parameters; the library lower-cases the first letters.
 */
export function blobTriggerMetadata(
  container: string,
  item: BlobItem,
  uri: string,
  parameters: Readonly<Record<string, string>>,
): Record<string, TypedData> {
  return {
    BlobTrigger: { string: `${container}/${item.name}` },
    Uri: { json: JSON.stringify(uri) },
    Properties: { json: JSON.stringify(properties(item)) },
    Metadata: { json: JSON.stringify(item.metadata ?? {}) },
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { string: value }])),
  };
}

function properties(item: BlobItem): Record<string, unknown> {
  const own = item.properties;
  return {
    CacheControl: own.cacheControl ?? null,
    ContentDisposition: own.contentDisposition ?? null,
    ContentEncoding: own.contentEncoding ?? null,
    ContentLanguage: own.contentLanguage ?? null,
    Length: own.contentLength ?? 0,
    ContentMD5: own.contentMD5 ? Buffer.from(own.contentMD5).toString('base64') : null,
    ContentType: own.contentType ?? null,
    ETag: quotedEtag(item),
    Created: own.createdOn ? dotnetTime(own.createdOn) : null,
    LastModified: dotnetTime(own.lastModified),
    BlobType: blobTypes[own.blobType ?? 'BlockBlob'],
    LeaseStatus: own.leaseStatus === 'locked' ? 1 : 2,
    LeaseState: leaseStates[own.leaseState ?? 'available'],
    LeaseDuration: 0,
    PageBlobSequenceNumber: own.blobSequenceNumber ?? null,
    AppendBlobCommittedBlockCount: null,
    IsServerEncrypted: own.serverEncrypted ?? false,
    IsIncrementalCopy: own.incrementalCopy ?? false,
    StandardBlobTier: own.accessTier === 'Cool' ? 2 : own.accessTier === 'Archive' ? 3 : 1,
    RehydrationStatus: null,
    PremiumPageBlobTier: null,
    BlobTierInferred: own.accessTierInferred ?? false,
    BlobTierLastModifiedTime: own.accessTierChangedOn ? dotnetTime(own.accessTierChangedOn) : null,
    DeletedTime: null,
    RemainingDaysBeforePermanentDelete: null,
  };
}

/** `2026-11-21T01:32:42+00:00`, to the second. */
function dotnetTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+00:00`;
}
