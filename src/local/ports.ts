import { once } from 'node:events';
import { createServer } from 'node:net';
import { InvariantError } from '../primitives/errors.ts';

const loopback = '127.0.0.1';

/**
 * A TCP port of the loopback interface that nobody listens on: the preferred one where it is free, so that an address
 * noted yesterday works today, else one the system picks.
 *
 * Another process may take it before its user binds it: whoever starts a server on it tries again with another.
 */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await canListenOn(preferred))) return preferred;
  const server = createServer();
  server.listen(0, loopback);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new InvariantError('a listening TCP server has no port');
  }
  return address.port;
}

async function canListenOn(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // Any failure to bind (taken, reserved, out of range for this user) means the same here: look for another port.
  server.once('error', () => resolve(false));
  server.listen(port, loopback, () => server.close(() => resolve(true)));
  return promise;
}
