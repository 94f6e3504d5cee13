/** A wait that can be cut short. A ring with nobody waiting is kept for the next wait. */
export interface WakeSignal {
  ring(): void;
  /** Returns at the ring, after the time (never, if undefined), or at the abort; whether it rang. */
  wait(milliseconds: number | undefined, signal: AbortSignal): Promise<boolean>;
}

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
