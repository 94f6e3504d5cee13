/**
 * Retries transient failures without a limit, such as an unavailable node or a database restart. All other errors are thrown immediately.
 */
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import { isNodeFault } from '../rpc/errors.ts';
import { isTransientDatabaseError } from '../../db/errors.ts';
import { sleep } from '../../primitives/time.ts';

const shortestWaitMs = 200;
const defaultLongestWaitMs = 30_000;

/** Whether the error is transient, so that a retry may succeed. */
export function isTransient(error: unknown): boolean {
  return isNodeFault(error) || isTransientDatabaseError(error);
}

export interface RetryForeverOptions {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** The upper limit of the exponential backoff. */
  readonly longestWaitMs?: number;
  /** Called for each transient failure. */
  readonly onFailure?: (error: unknown) => void;
  /** The progress of the work, as a number that changes with it. The backoff restarts whenever it changes. */
  readonly progress?: () => number;
}

/**
 * Retries until the work succeeds, without a limit, as long as the failures are transient. Logs each failure. Ends when the signal is
 * aborted.
 */
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

/** Ends with the attempt's result, or throws a transient failure if the work has made progress before it. */
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
