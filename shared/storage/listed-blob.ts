import type { BlobGetPropertiesResponse, BlobItem } from '@azure/storage-blob';
import type { BlobProperties } from './blob-store';

/** A blob's own properties, in the port's words. */
export function propertiesOf(path: string, found: BlobGetPropertiesResponse): BlobProperties {
  return {
    path,
    sizeBytes: found.contentLength ?? 0,
    etag: quotedEtag(found.etag),
    contentMd5: base64Of(found.contentMD5),
    lastModified: found.lastModified ?? new Date(0),
  };
}

/** A line of a listing, in the port's words. */
export function listedBlob({ name, properties }: BlobItem): BlobProperties {
  return {
    path: name,
    sizeBytes: properties.contentLength ?? 0,
    etag: quotedEtag(properties.etag),
    contentMd5: base64Of(properties.contentMD5),
    lastModified: properties.lastModified,
  };
}

/** Headers carry an etag with its quotes, listings in XML without. */
export function quotedEtag(etag: string | undefined): string {
  if (etag === undefined) throw new Error('Storage answered without an etag');
  return etag.startsWith('"') || etag.startsWith('W/') ? etag : `"${etag}"`;
}

function base64Of(md5: Uint8Array | undefined): string | undefined {
  return md5 === undefined || md5.length === 0 ? undefined : Buffer.from(md5).toString('base64');
}
