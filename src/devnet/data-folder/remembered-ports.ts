/** The ports of the last start. The next start tries them first, so that addresses stay the same. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere, replaceFile } from './files.ts';
import type { DataFolder } from './folder.ts';

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
