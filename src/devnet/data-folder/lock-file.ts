/**
 * A lock that is a file: it holds who has it, and lasts no longer than that process.
 *
 * Taking over a dead process's file must be no race: of two that find the same dead holder, the slower would replace the faster one's
 * file. So a file is only replaced by who holds the lock on replacing *that* holder's: a file named after the holder's id,
 * taken by the same rules.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { required } from '../../primitives/errors.ts';
import { createFile, readIfThere, replaceFile } from './files.ts';
import { processIdentity } from '../processes.ts';

const holderSchema = z.looseObject({
  /** Unlike any other taking of the lock. */
  id: z.uuid(),
  pid: z.int().positive(),
  /** Tells the process from a later one with its pid: see `processIdentity`. */
  processIdentity: z.string(),
  host: z.string(),
});

/** Who has the lock, and whatever else was written into the file. */
export type LockHolder = Readonly<z.infer<typeof holderSchema>>;

/** What our own process writes about itself as a holder. */
export async function describeOurselves(id: string): Promise<LockHolder> {
  const identity = required(await processIdentity(process.pid), 'identity of our own process');
  return { id, pid: process.pid, processIdentity: identity, host: hostname() };
}

/** Takes the lock, also from a process that is gone. Returns undefined, or the living process that has it. */
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

/** Writes more into a lock file that is ours. */
export async function rewriteLockFile(path: string, ours: LockHolder): Promise<void> {
  await replaceFile(path, serialize(ours));
}

/** Gives the lock back, if it still is ours. */
export async function releaseLockFile(path: string, id: string): Promise<void> {
  if ((await readLock(path))?.id === id) await rm(path, { force: true });
}

/** The living process that has the lock, if any. */
export async function readLiveHolder(path: string): Promise<LockHolder | undefined> {
  const holder = (await readLock(path))?.holder;
  return holder !== undefined && (await isLive(holder)) ? holder : undefined;
}

interface FoundLock {
  readonly id: string;
  /** Undefined where the file doesn't say: half of it was lost with the machine's power, or somebody edited it. */
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

/** Another machine's processes can't be seen from here: its lock, in a shared folder, counts as held. */
async function isLive(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  return (await processIdentity(holder.pid)) === holder.processIdentity;
}

function serialize(holder: LockHolder): string {
  return `${JSON.stringify(holder, undefined, 2)}\n`;
}
