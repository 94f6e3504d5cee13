import getPort, { clearLockedPorts } from 'get-port';

const loopback = '127.0.0.1';

/**
 * Returns a free TCP port of the loopback interface: the preferred one if it is free, so that addresses stay the same between starts,
 * otherwise one that the system picks.
 *
 * Another process may take the port before the caller binds it; the caller then retries with another port.
 */
export async function findFreePort(preferred?: number): Promise<number> {
  // The library does not return the same port again for 15 s or more, but a restarted server needs the same port.
  if (preferred !== undefined) clearLockedPorts();
  return getPort({ host: loopback, ...(preferred === undefined ? {} : { port: preferred }) });
}
