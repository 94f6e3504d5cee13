/**
 * A lock file: it names its holder, and is valid only while that process runs.
 *
 * Taking over the file of a dead process must not be a race: of two processes that find the same dead holder, the slower one would
 * replace the file of the faster one. So a process may replace a holder's file only while it holds a second lock: a file named after
 * that holder's id, acquired by the same rules.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { required } from '../../primitives/errors.ts';
import { createFile, readIfThere, replaceFile } from './files.ts';
import { processIdentity } from '../processes.ts';

const holderSchema = z.looseObject({
  /** Unique for each acquisition of the lock. */
  id: z.uuid(),
  pid: z.int().positive(),
  /** Distinguishes the process from a later one with the same pid: see `processIdentity`. */
  processIdentity: z.string(),
  host: z.string(),
});

/** The holder of the lock, and further contents of the file. */
export type LockHolder = Readonly<z.infer<typeof holderSchema>>;

/** The holder's entry of this process. */
export async function describeOurselves(id: string): Promise<LockHolder> {
  const identity = required(await processIdentity(process.pid), 'identity of our own process');
  return { id, pid: process.pid, processIdentity: identity, host: hostname() };
}

/** Acquires the lock, also from a process that has ended. Returns undefined, or the running process that holds it. */
export async function takeLockFile(path: string, ours: LockHolder): Promise<LockHolder | undefined> {
  const text = serialize(ours);
  while (!(await createFile(path, text))) {
    const found = await readLock(path);
    if (found === undefined) continue;
    if (found.holder !== undefined && (await isLive(found.holder))) return found.holder;
    const claim = `${path}.${found.id}`;
    const rival = await takeLockFile(claim, ours);
    if (rival !== undefined) return rival;
    try {
      if ((await readLock(path))?.id === found.id) {
        await replaceFile(path, text);
        return undefined;
      }
    } finally {
      await rm(claim, { force: true });
    }
  }
  return undefined;
}

/** Adds contents to the lock file of this process. */
export async function rewriteLockFile(path: string, ours: LockHolder): Promise<void> {
  await replaceFile(path, serialize(ours));
}

/** Releases the lock if this process still holds it. */
export async function releaseLockFile(path: string, id: string): Promise<void> {
  if ((await readLock(path))?.id === id) await rm(path, { force: true });
}

/** Returns the running process that holds the lock, if any. */
export async function readLiveHolder(path: string): Promise<LockHolder | undefined> {
  const holder = (await readLock(path))?.holder;
  return holder !== undefined && (await isLive(holder)) ? holder : undefined;
}

interface FoundLock {
  readonly id: string;
  /** Undefined if the file is incomplete, after a power failure or an edit. */
  readonly holder: LockHolder | undefined;
}

async function readLock(path: string): Promise<FoundLock | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const holder = parseHolder(text);
  return { id: holder?.id ?? createHash('sha256').update(text).digest('hex').slice(0, 16), holder };
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The processes of another machine are not visible: its lock, in a shared folder, counts as held. */
async function isLive(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  return (await processIdentity(holder.pid)) === holder.processIdentity;
}

function serialize(holder: LockHolder): string {
  return `${JSON.stringify(holder, undefined, 2)}\n`;
}
