/** Waiting that ends with its signal. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `durationMs`; rejects with the signal's own reason when that is aborted first. Nothing stays behind. */
export async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
