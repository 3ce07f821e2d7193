import type { ModelVersion } from './catalog';

/** One range read of a pack and the models that lie in it. `start` inclusive, `end` exclusive, in bytes. */
export interface PackRead {
  readonly pack: string;
  readonly start: number;
  readonly end: number;
  readonly models: readonly PackedVersion[];
}

interface PackedVersion {
  readonly version: ModelVersion;
  readonly start: number;
  readonly end: number;
}

export interface ReadLimits {
  /** Unwanted bytes between two models that cost less than a request of their own. */
  readonly maxGapBytes: number;
  /** A read grows no further than this, unless one model alone is larger. */
  readonly maxReadBytes: number;
}

/** A request took 2 ms and storage gave 300 MB/s, so 256 KiB of gap cost less than another request. */
const READ_LIMITS: ReadLimits = { maxGapBytes: 256 * 1024, maxReadBytes: 8 * 1024 * 1024 };

/** Few range reads for many models: neighbours in a pack are read together. Versions in folders are not planned. */
export function planPackReads(
  versions: readonly ModelVersion[],
  limits: ReadLimits = READ_LIMITS,
): PackRead[] {
  const reads: PackRead[] = [];
  for (const [pack, packed] of byPack(versions)) {
    let open: PackedVersion[] = [];
    let start = 0;
    let end = 0;
    for (const model of packed) {
      const isFar = model.start - end > limits.maxGapBytes;
      const isFull = Math.max(end, model.end) - start > limits.maxReadBytes;
      if (open.length > 0 && (isFar || isFull)) {
        reads.push({ pack, start, end, models: open });
        open = [];
      }
      if (open.length === 0) {
        start = model.start;
        end = model.end;
      }
      open.push(model);
      end = Math.max(end, model.end);
    }
    if (open.length > 0) reads.push({ pack, start, end, models: open });
  }
  return reads;
}

/** In order of position, each digest once. */
function byPack(versions: readonly ModelVersion[]): Map<string, PackedVersion[]> {
  const packs = new Map<string, PackedVersion[]>();
  const seen = new Set<string>();
  for (const version of versions) {
    const { location, digest } = version;
    if (location.kind !== 'pack' || seen.has(digest)) continue;
    seen.add(digest);
    const packed = packs.get(location.pack) ?? [];
    packed.push({ version, start: location.start, end: location.end });
    packs.set(location.pack, packed);
  }
  for (const packed of packs.values()) packed.sort((a, b) => a.start - b.start);
  return packs;
}
