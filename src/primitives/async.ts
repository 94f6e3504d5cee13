/** Small tools for asynchronous code: waiting for several promises, mutual exclusion, and wake-up signals. */

/**
 * Like `Promise.all`, but waits for all promises to settle before it throws. Use it for tasks that share a resource, such as a database
 * session, that the caller releases after a failure.
 */
export async function allDone<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Index in keyof Tasks]: Awaited<Tasks[Index]> }> {
  await Promise.allSettled(tasks);
  return await Promise.all(tasks);
}

/** Waits for the work, but rejects with the signal's reason as soon as it is aborted. The work itself continues. */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A mutex: runs tasks one at a time, in the order of their calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #taken = 0;

  /** Whether a task submitted now would start immediately. */
  get isFree(): boolean {
    return this.#taken === 0;
  }

  /** Runs the task after all earlier tasks have settled. Resolves or rejects with the task's own result. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#taken += 1;
    const turn = this.#last.then(work).finally(() => (this.#taken -= 1));
    // Only the failed task's caller sees its error; the next task just waits for the end.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}

/** A wait that another task can end early. A signal sent while no task waits ends the next wait. */
export interface WakeSignal {
  notify(): void;
  /** Resolves on a signal, after the timeout (never, if undefined), or on abort. Returns whether a signal arrived. */
  wait(milliseconds: number | undefined, signal: AbortSignal): Promise<boolean>;
}

/** Creates a signal that is not set. Only one task may wait at a time. */
export function createWakeSignal(): WakeSignal {
  let isRinging = false;
  let wake: (() => void) | undefined;

  return {
    notify() {
      isRinging = true;
      wake?.();
    },
    async wait(milliseconds, signal) {
      if (!isRinging && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const stop = (): void => resolve();
        wake = stop;
        const timer = milliseconds === undefined ? undefined : setTimeout(stop, milliseconds);
        signal.addEventListener('abort', stop);
        await promise;
        signal.removeEventListener('abort', stop);
        clearTimeout(timer);
        wake = undefined;
      }
      const rang = isRinging;
      isRinging = false;
      return rang;
    },
  };
}
