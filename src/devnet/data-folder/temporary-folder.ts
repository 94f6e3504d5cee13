import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Creates a folder for temporary data of a local system. Unlike with mkdtemp's mode, other users may pass through it: if this
 * process is root, PostgreSQL runs as another user.
 */
export async function makeTemporaryFolder(purpose: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `tracechain-${purpose}-`));
  await chmod(folder, 0o711);
  return folder;
}
