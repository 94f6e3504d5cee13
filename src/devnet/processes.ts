/**
 * Information about processes, current or left by an earlier run.
 *
 * On Linux it comes from /proc, elsewhere from `ps`.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasErrorCode } from './error-codes.ts';

const run = promisify(execFile);

/**
 * Returns a text that distinguishes this process from every other with the same pid, past or future; undefined if no such process
 * runs. A zombie does not count as running.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** Returns the arguments of a running process; empty if it does not run or is not visible. */
export async function commandLine(pid: number): Promise<readonly string[]> {
  if (process.platform !== 'linux') return (await ps(pid, 'command='))?.split(' ') ?? [];
  const text = await readIfThere(`/proc/${pid}/cmdline`);
  return text === undefined ? [] : text.split('\0').slice(0, -1);
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  /** The time after which the next step follows if the process still runs. */
  readonly patienceMs: number;
}

/**
 * Ends a process: sends the signals one after the other, each after the timeout of the previous one.
 * Returns whether the process has ended; false only if it survived the last step.
 */
export async function stopProcess(pid: number, steps: readonly StopStep[]): Promise<boolean> {
  const identity = await processIdentity(pid);
  if (identity === undefined) return true;
  for (const step of steps) {
    if (!sendSignal(pid, step.signal)) return true;
    const deadline = performance.now() + step.patienceMs;
    while (performance.now() < deadline) {
      if ((await processIdentity(pid)) !== identity) return true;
      await delay(pollIntervalMs);
    }
  }
  return false;
}

const pollIntervalMs = 15;

/** Sends a signal; returns false if the process no longer exists. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (hasErrorCode(error, 'ESRCH')) return false;
    throw error;
  }
}

let bootId: Promise<string> | undefined;

async function identityFromProc(pid: number): Promise<string | undefined> {
  const text = await readIfThere(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // proc(5): the second field is the program's name in parentheses and may hold spaces; state is field 3, starttime 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return undefined;
  bootId ??= readIfThere('/proc/sys/kernel/random/boot_id').then((id) => id?.trim() ?? '');
  // The start time counts from boot, so that it identifies a process only together with the boot.
  return `${await bootId}/${startTime}`;
}

async function identityFromPs(pid: number): Promise<string | undefined> {
  const text = await ps(pid, 'state=,lstart=');
  return text === undefined || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '');
}

async function ps(pid: number, columns: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', columns, '-p', String(pid)]);
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch (error) {
    // ps exits with 1 if there is no such process.
    if (hasErrorCode(error, 1)) return undefined;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}
