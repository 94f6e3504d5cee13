import { randomUUID } from 'node:crypto';
import { chown, link, mkdir, readFile, rename, rm, stat, writeFile, chmod, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrorCode } from '../error-codes.ts';
import { tmpdir } from 'node:os';

/** Reads the text of a file; undefined if it does not exist. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Reads and parses a JSON file; undefined if it does not exist, or is not JSON. */
export async function readJsonIfThere(path: string): Promise<unknown> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  return (await ownerOf(path)) !== undefined;
}

/** Returns the id of a file's owner; undefined if there is no visible file. */
export async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  }
}

/**
 * Creates a folder and its missing parents, and returns the first one created; undefined if all existed. Creates them one by one,
 * because Node's recursive option never ends on file systems that report a missing folder but create none (/proc).
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  if (await isThere(path)) return undefined;
  const parent = dirname(path);
  const firstMade = parent === path ? undefined : await makeFolders(parent);
  try {
    await mkdir(path);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
    return firstMade;
  }
  return firstMade ?? path;
}

/** Atomically replaces a file that only the folder's owner (and root) can read: readers see either the old or the new text, complete. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = await writeBeside(path, text);
  await rename(unfinished, path);
}

/** Atomically creates a file that only the folder's owner (and root) can read; returns false if it exists already. */
export async function createFile(path: string, text: string): Promise<boolean> {
  const unfinished = await writeBeside(path, text);
  try {
    await link(unfinished, path);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function writeBeside(path: string, text: string): Promise<string> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  await writeFile(unfinished, text, { mode: 0o600, flag: 'wx', flush: true });
  if (process.getuid?.() === 0) {
    // After a start by root in a user's folder, the user must still be able to start.
    const { uid, gid } = await stat(dirname(path));
    await chown(unfinished, uid, gid);
  }
  return unfinished;
}

/**
 * Creates a folder for temporary data of a local system. Unlike with mkdtemp's mode, other users may pass through it: if this
 * process is root, PostgreSQL runs as another user.
 */
export async function makeTemporaryFolder(purpose: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `tracechain-${purpose}-`));
  await chmod(folder, 0o711);
  return folder;
}
