import { connect, type Socket } from 'node:net';

/** Sends bytes as they are and resolves to all that comes back until the server closes the connection. */
export function sendRaw(port: number, text: string, then?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text, 'latin1');
      then?.(socket);
    });
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('close', () => {
      resolve(received);
    });
    socket.on('error', reject);
  });
}
