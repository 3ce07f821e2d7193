import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const held = new Set<string>();

/**
 * Takes a task hub's folder for this process: two hosts that write one journal would destroy it. A lock left
 * by a process that is gone is taken over. Returns the release. Throws when the folder is in use.
 */
export function lockHub(folder: string): () => void {
  const file = join(folder, 'hub.lock');
  if (held.has(file)) throw new Error(`The task hub in ${folder} is already open in this process`);
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), {
        flag: 'wx',
      });
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const owner = ownerOf(file);
      if (owner) {
        const message = `The task hub in ${folder} is in use by process ${owner.pid}; stop that first`;
        throw new Error(message, { cause: error });
      }
      rmSync(file, { force: true });
    }
  }
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

interface Owner {
  readonly pid: number;
  readonly started: string | null;
}

/** The process that holds the lock, or undefined when it is gone. */
function ownerOf(file: string): Owner | undefined {
  const owner = parseOwner(file);
  // In a container the next process often has the same id: its own id in a file is that of one before it.
  if (!owner || owner.pid === process.pid || !isAlive(owner.pid)) return undefined;
  return owner.started === null || owner.started === startOf(owner.pid) ? owner : undefined;
}

function parseOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    // Torn by a crash while it was written, or removed in between.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** When the process began, in the kernel's own unit: tells a process from a later one with the same id. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[19] ?? null;
  } catch {
    // No /proc on this system: the process id alone decides.
    return null;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
