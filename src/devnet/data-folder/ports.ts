import getPort, { clearLockedPorts } from 'get-port';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere, replaceFile } from './files.ts';
import type { DataFolder } from './folder.ts';

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

const port = z.int().min(1).max(65_535);
const portsSchema = z.object({ postgres: port.optional(), devnet: port.optional() });

export type RememberedPorts = Readonly<z.infer<typeof portsSchema>>;

export async function recallPorts(data: DataFolder): Promise<RememberedPorts> {
  return portsSchema.safeParse(await readJsonIfThere(portsFile(data))).data ?? {};
}

export async function rememberPorts(data: DataFolder, ports: RememberedPorts): Promise<void> {
  await replaceFile(portsFile(data), `${JSON.stringify({ ...(await recallPorts(data)), ...ports })}\n`);
}

function portsFile({ folder }: DataFolder): string {
  return join(folder, 'ports.json');
}
