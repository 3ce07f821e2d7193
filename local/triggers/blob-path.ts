/** A blob trigger's path, `container/literal{name}literal…`, compiled. */
export interface BlobPath {
  readonly container: string;
  /** The literal text before the first parameter: only blobs under it are listed. */
  readonly prefix: string;
  /** The parameters' values for a blob of the container, or undefined where the name does not fit. */
  match(blobName: string): Record<string, string> | undefined;
}

/**
 * Compiles a path as the WebJobs SDK does (BindingTemplateSource): every `{name}` matches as much as it can,
 * slashes too, so that of `{a}/{b}` the last slash separates; doubled braces stand for themselves. A path that
 * is a container alone takes every blob. Throws an Error for a path without container.
 */
export function parseBlobPath(path: string): BlobPath {
  const slash = path.indexOf('/');
  const container = slash < 0 ? path : path.slice(0, slash);
  if (container === '' || container.includes('{'))
    throw new Error(`Blob path "${path}": expected a container name before the first slash`);
  const template = slash < 0 ? '{name}' : path.slice(slash + 1);

  const tokens = template.match(/\{\{|\}\}|\{[^{}]+\}|[^{}]+|[{}]/gu) ?? [];
  const names: string[] = [];
  let pattern = '';
  let prefix = '';
  for (const token of tokens) {
    if (token.length > 2 && token.startsWith('{')) {
      names.push(token.slice(1, -1));
      pattern += '(.*)';
      continue;
    }
    const literal = token === '{{' || token === '}}' ? token.slice(1) : token;
    pattern += literal.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
    if (names.length === 0) prefix += literal;
  }
  const compiled = new RegExp(`^${pattern}$`, 'u');
  return {
    container,
    prefix,
    match: (blobName) => {
      const groups = compiled.exec(blobName);
      if (!groups) return undefined;
      const values = names.map((name, index): [string, string] => [name, groups[index + 1] ?? '']);
      return slash < 0 ? {} : Object.fromEntries(values);
    },
  };
}
