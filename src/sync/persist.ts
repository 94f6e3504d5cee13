/** Going on through faults that pass: a node that is away, a database that restarts. Everything else is thrown at once. */
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import { isNodeFault } from '../chain/errors.ts';
import { isTransientDatabaseError } from '../db/errors.ts';

const shortestWaitMs = 200;
const defaultLongestWaitMs = 30_000;

/** Whether waiting may help. */
export function isPassing(error: unknown): boolean {
  return isNodeFault(error) || isTransientDatabaseError(error);
}

/** Tries until it works, for ever, while the failure is one that passes; each one is logged. Ends with its signal. */
export async function persist<Result>(
  options: {
    readonly what: string;
    readonly signal: AbortSignal;
    readonly logger: Logger;
    /** Between two attempts, at the end of growing pauses. */
    readonly longestWaitMs?: number;
    /** Told of each failure that passes. */
    readonly onFailure?: (error: unknown) => void;
  },
  attempt: () => Promise<Result>,
): Promise<Result> {
  return await pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: shortestWaitMs,
    maxTimeout: options.longestWaitMs ?? defaultLongestWaitMs,
    randomize: true,
    signal: options.signal,
    shouldRetry: ({ error }) => isPassing(error),
    onFailedAttempt: ({ error, attemptNumber, retryDelay }) => {
      if (options.signal.aborted || !isPassing(error)) return;
      options.onFailure?.(error);
      options.logger.warn(
        { err: error, attempt: attemptNumber, retryInMs: Math.round(retryDelay) },
        `${options.what} failed and is tried again`,
      );
    },
  });
}
