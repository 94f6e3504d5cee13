/**
 * The last safeguard: a second thread ends the process if the main thread's event loop is blocked for a
 * minute. A loop that never yields cannot be stopped from inside, and a service manager would take the
 * process for healthy.
 */
import { Worker } from 'node:worker_threads';

export interface EventLoopGuardOptions {
  /** The process ends after this many checks without a beat from the main thread. */
  readonly looks?: number;
  readonly intervalMs?: number;
}

/** The data passed to the thread. */
export interface GuardedLoop {
  /** A counter that the main thread increments while its event loop runs. */
  readonly breaths: SharedArrayBuffer;
  readonly looks: number;
  readonly intervalMs: number;
}

const defaults = { looks: 60, intervalMs: 1_000 };

/** Watches the main thread until disposed. The guard does not keep the process alive. */
export function guardEventLoop(options: EventLoopGuardOptions = {}): Disposable {
  const { looks, intervalMs } = { ...defaults, ...options };
  const breaths = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const count = new Int32Array(breaths);
  const breathing = setInterval(() => Atomics.add(count, 0, 1), intervalMs / 2);
  breathing.unref();
  const workerData: GuardedLoop = { breaths, looks, intervalMs };
  const worker = new Worker(new URL('./event-loop-guard-thread.ts', import.meta.url), { workerData });
  worker.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(breathing);
      void worker.terminate();
    },
  };
}
