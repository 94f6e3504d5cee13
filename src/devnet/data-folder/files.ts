import { randomUUID } from 'node:crypto';
import { chown, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from '../error-codes.ts';

/** The text of a file; undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The parsed JSON of a file; undefined where there is none, or where it isn't JSON. */
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

/** The user id that a file belongs to; undefined where there is no such file in sight. */
export async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  }
}

/**
 * Makes a folder with what is missing above it, and returns the first that was made; undefined where all were there. One by one,
 * because Node's own recursion never ends where the system makes no folder and says that there is none (/proc).
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

/** Writes a file that only the folder's owner (and root) can read; whoever reads it at any moment sees the old text or the new one, whole. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = await writeBeside(path, text);
  await rename(unfinished, path);
}

/** Makes a file that only the folder's owner (and root) can read, whole from its first moment; false where there is one already. */
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
    // A start by root in a user's folder must not lock the user out of the next one.
    const { uid, gid } = await stat(dirname(path));
    await chown(unfinished, uid, gid);
  }
  return unfinished;
}
