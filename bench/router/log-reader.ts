import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Receives log lines over UDP (syslog) and forgets them, as the router's are read and forgotten. */
export interface LogReader {
  readonly port: number;
  /** Lines received so far. */
  received(): number;
  close(): Promise<void>;
}

export async function startLogReader(): Promise<LogReader> {
  const socket = createSocket('udp4');
  let received = 0;
  socket.on('message', () => {
    received += 1;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    received: () => received,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
