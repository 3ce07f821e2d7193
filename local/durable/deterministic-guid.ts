import { createHash } from 'node:crypto';

/** The namespace of the durable extension's ids. Source: WebJobs.Extensions.DurableTask, GuidManager. */
const NAMESPACE = Buffer.from('9e9529595e334daf827f2fa12937b875', 'hex');

/** A name-based UUID (RFC 4122, version 5): the same name always gives the same id. */
export function deterministicGuid(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
