/** Waiting that an abort signal can end, and clocks. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves after `durationMs`. Rejects with the signal's reason if the signal is aborted first. Removes its timer and listener in both
 * cases.
 */
export async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Milliseconds on a clock that never goes back. */
export type MonotonicClock = () => number;
