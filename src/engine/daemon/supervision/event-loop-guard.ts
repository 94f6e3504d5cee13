/**
 * The last resort: a thread beside the main one that ends the process when the main one hasn't taken a breath for a minute. A loop that
 * never waits can't be stopped from inside, and it would look alive to a service manager for ever.
 */
import { Worker } from 'node:worker_threads';

export interface EventLoopGuardOptions {
  /** The process ends after the main thread's silence of so many looks. */
  readonly looks?: number;
  readonly intervalMs?: number;
}

/** What the thread is given. */
export interface GuardedLoop {
  /** One number that the main thread raises for as long as it breathes. */
  readonly breaths: SharedArrayBuffer;
  readonly looks: number;
  readonly intervalMs: number;
}

const defaults = { looks: 60, intervalMs: 1_000 };

/** Watches the main thread until disposed of. The guard keeps no process alive. */
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
