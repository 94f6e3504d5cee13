/** Obeys a node's `Retry-After` header for all requests to that node, not only for the refused one. */
import { NodeError } from './errors.ts';
import { sleep } from '../../primitives/time.ts';
import type { HttpExchange } from './http-exchange.ts';

export interface RateGateOptions {
  /** For error messages. */
  readonly name: string;
  /** Milliseconds, on the same clock as the parsed `Retry-After`. */
  readonly now: () => number;
  /** A request that would wait longer fails immediately, so that the caller can use another node. */
  readonly maximumRetryAfterMs: number;
}

/** Wraps an exchange so that it waits, or throws a `rate-limited` NodeError, until the node accepts requests again. */
export function createRateGate(exchange: HttpExchange, options: RateGateOptions): HttpExchange {
  const { name, now, maximumRetryAfterMs } = options;
  let closedUntilMs = -Infinity;

  return async (requests, signal) => {
    const waitMs = closedUntilMs - now();
    if (waitMs > maximumRetryAfterMs) {
      throw new NodeError(`The node ${name} accepts no requests for another ${Math.ceil(waitMs / 1000)} s`, {
        kind: 'rate-limited',
        method: requests[0]?.method ?? 'any method',
        retryAfterMs: waitMs,
      });
    }
    if (waitMs > 0) await sleep(waitMs, signal);
    try {
      return await exchange(requests, signal);
    } catch (error) {
      if (error instanceof NodeError && error.retryAfterMs !== undefined)
        closedUntilMs = Math.max(closedUntilMs, now() + error.retryAfterMs);
      throw error;
    }
  };
}
