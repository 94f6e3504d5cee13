import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; an abort ends it at once and throws the signal's own reason. Nothing stays behind. */
export async function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
