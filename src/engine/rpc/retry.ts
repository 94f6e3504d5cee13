/** Retries of transient failures, until each request of a batch has a final response. */
import pRetry from 'p-retry';
import { required } from '../../primitives/errors.ts';
import { isTransient } from './errors.ts';
import type { NodeError } from './errors.ts';
import type { HttpExchange, RpcAnswer, RpcRequest } from './http-exchange.ts';

export interface RetryOptions {
  /** Retries of a transient failure. */
  readonly retries: number;
  /** The wait before the first retry. It doubles with each retry. */
  readonly retryDelayMs: number;
  /** The longest `Retry-After` that a request waits for. A request with a longer one fails. */
  readonly maximumRetryAfterMs: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** False if the caller handles timeouts itself, by requesting less. */
  readonly retryTimeouts?: boolean;
}

/** Sends requests and returns the responses in their order. Throws only errors that affect all of them. */
export type Send = (requests: readonly RpcRequest[], options: RequestOptions) => Promise<RpcAnswer[]>;

/** Wraps an exchange with retries. Answered requests are not sent again. After the last retry the error is thrown. */
export function createRetryingSend(exchange: HttpExchange, retryOptions: RetryOptions): Send {
  const { retries, retryDelayMs, maximumRetryAfterMs } = retryOptions;

  return async (requests, { signal, retryTimeouts = true }) => {
    const answers = new Map<RpcRequest, RpcAnswer>();
    const attempt = async (): Promise<void> => {
      const open = requests.filter((request) => !answers.has(request));
      const received = await exchange(open, signal);
      let transientError: NodeError | undefined;
      for (const [index, request] of open.entries()) {
        const answer = required(received[index], 'the answer to a request');
        if (answer.ok || !isTransient(answer.error)) answers.set(request, answer);
        else transientError = answer.error;
      }
      if (transientError !== undefined) throw transientError;
    };
    await pRetry(attempt, {
      retries,
      minTimeout: retryDelayMs,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: ({ error }) => {
        if (!isTransient(error)) return false;
        // Using another node is better than such a long wait.
        if ((error.retryAfterMs ?? 0) > maximumRetryAfterMs) return false;
        // A batch that times out is split, not repeated.
        return error.kind !== 'timed-out' || (retryTimeouts && requests.length === 1);
      },
    });
    return requests.map((request) => required(answers.get(request), 'the answer to a request'));
  };
}
