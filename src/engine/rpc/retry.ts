/** Sending again what may pass: until each request of a batch has an answer that waiting won't change. */
import pRetry from 'p-retry';
import { required } from '../../primitives/errors.ts';
import { isTransient } from './errors.ts';
import type { NodeError } from './errors.ts';
import type { HttpExchange, RpcAnswer, RpcRequest } from './http-exchange.ts';

export interface RetryOptions {
  /** Retries of a failure that may pass. */
  readonly retries: number;
  /** The wait before the first retry; it doubles with each. */
  readonly retryDelayMs: number;
  /** The longest wait that a node's `Retry-After` may ask of a request: one that asks for more has failed. */
  readonly maximumRetryAfterMs: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** False where the caller has a better answer to a timeout than asking the same again: asking for less. */
  readonly retryTimeouts?: boolean;
}

/** Sends requests and gives the answers in their order. Throws only what fails all of them. */
export type Send = (requests: readonly RpcRequest[], options: RequestOptions) => Promise<RpcAnswer[]>;

/** Wraps an exchange: requests that were answered aren't sent again; after the last retry the failure is thrown. */
export function createRetryingSend(exchange: HttpExchange, retryOptions: RetryOptions): Send {
  const { retries, retryDelayMs, maximumRetryAfterMs } = retryOptions;

  return async (requests, { signal, retryTimeouts = true }) => {
    const answers = new Map<RpcRequest, RpcAnswer>();
    const attempt = async (): Promise<void> => {
      const open = requests.filter((request) => !answers.has(request));
      const received = await exchange(open, signal);
      let waiting: NodeError | undefined;
      for (const [index, request] of open.entries()) {
        const answer = required(received[index], 'the answer to a request');
        if (answer.ok || !isTransient(answer.error)) answers.set(request, answer);
        else waiting = answer.error;
      }
      if (waiting !== undefined) throw waiting;
    };
    await pRetry(attempt, {
      retries,
      minTimeout: retryDelayMs,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: ({ error }) => {
        if (!isTransient(error)) return false;
        // So long a wait is better spent with another node.
        if ((error.retryAfterMs ?? 0) > maximumRetryAfterMs) return false;
        // A batch that times out is cut, not sent again as it is.
        return error.kind !== 'timed-out' || (retryTimeouts && requests.length === 1);
      },
    });
    return requests.map((request) => required(answers.get(request), 'the answer to a request'));
  };
}
