/** Going on through faults that pass: a node that is away, a database that restarts. Everything else is thrown at once. */
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import { isNodeFault } from '../rpc/errors.ts';
import { isTransientDatabaseError } from '../../db/errors.ts';
import { sleep } from '../../primitives/time.ts';

const shortestWaitMs = 200;
const defaultLongestWaitMs = 30_000;

/** Whether waiting may help. */
export function isTransient(error: unknown): boolean {
  return isNodeFault(error) || isTransientDatabaseError(error);
}

export interface RetryForeverOptions {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Between two attempts, at the end of growing pauses. */
  readonly longestWaitMs?: number;
  /** Told of each failure that passes. */
  readonly onFailure?: (error: unknown) => void;
  /** How far the work has come, as a number that changes when it comes further: then the pauses begin anew. */
  readonly progress?: () => number;
}

/** Tries until it works, for ever, while the failure is one that passes; each one is logged. Ends with its signal. */
export async function retryForever<Result>(
  options: RetryForeverOptions,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const outcome = await retryWithoutProgress(options, attempt);
    if ('result' in outcome) return outcome.result;
    await sleep(shortestWaitMs, options.signal);
  }
}

/** Ends with the attempt's result, or with a failure that passes and before which the work has come further. */
async function retryWithoutProgress<Result>(
  {
    what,
    signal,
    logger,
    longestWaitMs = defaultLongestWaitMs,
    onFailure,
    progress = () => 0,
  }: RetryForeverOptions,
  attempt: () => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly failure: unknown }> {
  let reached = progress();
  let hasProgressed = false;
  try {
    const result = await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: shortestWaitMs,
      maxTimeout: longestWaitMs,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => isTransient(error) && !hasProgressed,
      onFailedAttempt: ({ error, attemptNumber, retryDelay }) => {
        if (signal.aborted || !isTransient(error)) return;
        hasProgressed = progress() !== reached;
        onFailure?.(error);
        reached = progress();
        const retryInMs = hasProgressed ? shortestWaitMs : Math.round(retryDelay);
        logger.warn({ err: error, attempt: attemptNumber, retryInMs }, `${what} failed and is tried again`);
      },
    });
    return { result };
  } catch (failure) {
    if (signal.aborted || !hasProgressed || !isTransient(failure)) throw failure;
    return { failure };
  }
}
