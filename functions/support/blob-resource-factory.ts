import { ResourceFactoryResolver, type ModelBindingData } from '@azure/functions-extensions-base';

/** The `source` of the binding data that the blob extension sends. */
const AZURE_STORAGE_BLOBS = 'AzureStorageBlobs';

/** A blob by name, as deferred binding passes it: nothing has been read of it. */
export interface BlobReference {
  readonly connection: string;
  readonly container: string;
  readonly path: string;
}

/**
 * With `sdkBinding: true` the host sends a reference instead of the blob's bytes, and `@azure/functions` asks a
 * registered factory for an object to pass to the handler. Microsoft's extension package makes a storage client of
 * it; handlers here take the trigger's metadata only, so a name is enough. Another registration is left in place.
 */
export function registerBlobReferences(): void {
  const resolver = ResourceFactoryResolver.getInstance();
  if (resolver.hasResourceFactory(AZURE_STORAGE_BLOBS)) return;
  resolver.registerResourceFactory(AZURE_STORAGE_BLOBS, (data) =>
    Array.isArray(data) ? data.map(parse) : parse(data),
  );
}

function parse({ content }: ModelBindingData): BlobReference {
  const value: unknown = JSON.parse(content?.toString() ?? '{}');
  const text = (name: string): string => {
    const member: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    return typeof member === 'string' ? member : '';
  };
  return { connection: text('Connection'), container: text('ContainerName'), path: text('BlobName') };
}
