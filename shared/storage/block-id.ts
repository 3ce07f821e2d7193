const MAX_CHARACTERS = 64;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** A block id as storage wants it, base64. Throws RangeError unless it is 1 to 64 printable ASCII characters. */
export function encodeBlockId(id: string): string {
  if (id.length > MAX_CHARACTERS || !PRINTABLE_ASCII.test(id)) {
    throw new RangeError(`Block id ${JSON.stringify(id)}: expected 1 to ${MAX_CHARACTERS} ASCII characters`);
  }
  return Buffer.from(id).toString('base64');
}

export function decodeBlockId(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
