import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes a folder for throw-away data of a local system. Others may pass through it, unlike through mkdtemp's own: where
 * we are root, PostgreSQL runs as another user.
 */
export async function makeTemporaryFolder(purpose: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `tracechain-${purpose}-`));
  await chmod(folder, 0o711);
  return folder;
}
