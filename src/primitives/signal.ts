/** A wait that another task can end early. A signal sent while no task waits ends the next wait. */
export interface WakeSignal {
  ring(): void;
  /** Resolves on a signal, after the timeout (never, if undefined), or on abort. Returns whether a signal arrived. */
  wait(milliseconds: number | undefined, signal: AbortSignal): Promise<boolean>;
}

/** Creates a signal that is not set. Only one task may wait at a time. */
export function createWakeSignal(): WakeSignal {
  let isRinging = false;
  let wake: (() => void) | undefined;

  return {
    ring() {
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
