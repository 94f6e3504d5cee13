import getPort, { clearLockedPorts } from 'get-port';

const loopback = '127.0.0.1';

/**
 * A TCP port of the loopback interface that nobody listens on: the preferred one where it is free, so that an address
 * noted yesterday works today, else one the system picks.
 *
 * Another process may take it before its user binds it: whoever starts a server on it tries again with another.
 */
export async function findFreePort(preferred?: number): Promise<number> {
  // The library withholds for 15 s and more what it gave out before, but a server that is started again gets its port again.
  if (preferred !== undefined) clearLockedPorts();
  return getPort({ host: loopback, ...(preferred === undefined ? {} : { port: preferred }) });
}
