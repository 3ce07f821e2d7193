import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from './error-code';
import { StartError } from './start-error';
import { errorText } from './log';

const remedy = 'choose another folder with --data or POLYSCORE_DATA';

/** Where the host keeps everything that outlives it; held by one host at a time. */
export interface DataFolder {
  readonly path: string;
  /** The folder's subfolder of this name, made if missing. */
  subfolder(name: string): string;
  release(): Promise<void>;
}

/**
 * Makes the folder if missing and takes it for this process. The lock is a listening local socket, which the
 * system closes with the process, however that ends. Throws StartError if the folder cannot be written or
 * another host holds it.
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = makeWritable(resolve(folder));
  const lock = await takeLock(path);
  return {
    path,
    subfolder: (name) => makeWritable(join(path, name)),
    release: async () => {
      if (!lock.listening) return;
      lock.close();
      await once(lock, 'close');
    },
  };
}

function makeWritable(path: string): string {
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK);
    return realpathSync(path);
  } catch (error) {
    const reason = errorText(error);
    throw new StartError(`The data folder ${path} cannot be written (${reason}); ${remedy}`, {
      cause: error,
    });
  }
}

/** Makes a folder and those above it. Node's own recursive mkdir never returns under /proc and its like. */
function makeFolder(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function takeLock(path: string): Promise<Server> {
  const name = `polyscore-${createHash('sha256').update(path).digest('hex').slice(0, 24)}`;
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
  const lock = createServer((socket) => socket.destroy());
  lock.unref();
  if (await listen(lock, address)) return lock;
  if (await isHeld(address))
    throw new StartError(`Another host works on the data folder ${path}; stop it, or ${remedy}`);
  rmSync(address, { force: true }); // left by a host that was killed
  if (await listen(lock, address)) return lock;
  throw new StartError(`Another host has just taken the data folder ${path}; stop it, or ${remedy}`);
}

async function listen(lock: Server, address: string): Promise<boolean> {
  lock.listen(address);
  try {
    await once(lock, 'listening');
    return true;
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return false;
    throw error;
  }
}

async function isHeld(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code !== 'ECONNREFUSED' && code !== 'ENOENT';
  } finally {
    socket.destroy();
  }
}
