/**
 * The thread of `guardEventLoop`. It counts its own checks and not the time, because a suspended process
 * (SIGSTOP, a closed laptop) misses as many checks as beats.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { GuardedLoop } from './event-loop-guard.ts';

const { breaths, looks, intervalMs } = workerData as GuardedLoop;
const count = new Int32Array(breaths);
const standardError = 2;
let last = -1;
let silentLooks = 0;

setInterval(() => {
  const now = Atomics.load(count, 0);
  silentLooks = now === last ? silentLooks + 1 : 0;
  last = now;
  if (silentLooks < looks) return;
  const seconds = Math.round((looks * intervalMs) / 1000);
  const line = {
    level: 'fatal',
    time: new Date().toISOString(),
    code: 'sync/event-loop-stuck',
    msg: `the process hasn't come to itself for ${seconds} s: ending it, so that a service manager starts another`,
  };
  try {
    writeSync(standardError, `${JSON.stringify(line)}\n`);
  } finally {
    // Even if nobody reads the log, or its disk is full.
    process.kill(process.pid, 'SIGKILL');
  }
}, intervalMs);
