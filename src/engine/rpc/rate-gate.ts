/** Leaves a node alone for as long as its `Retry-After` says: all requests to it, not only the one that was refused. */
import { NodeError } from './errors.ts';
import { sleep } from '../../primitives/time.ts';
import type { HttpExchange } from './http-exchange.ts';

export interface RateGateOptions {
  /** For messages. */
  readonly name: string;
  /** Milliseconds, on the clock that `Retry-After` was counted by. */
  readonly now: () => number;
  /** Whoever would have to wait longer is refused at once, so that another node can be asked. */
  readonly maximumRetryAfterMs: number;
}

export function createRateGate(exchange: HttpExchange, options: RateGateOptions): HttpExchange {
  const { name, now, maximumRetryAfterMs } = options;
  let closedUntilMs = -Infinity;

  return async (requests, signal) => {
    const waitMs = closedUntilMs - now();
    if (waitMs > maximumRetryAfterMs) {
      throw new NodeError(
        `The node ${name} asked to be left alone for another ${Math.ceil(waitMs / 1000)} s`,
        {
          kind: 'rate-limited',
          method: requests[0]?.method ?? 'any method',
          retryAfterMs: waitMs,
        },
      );
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
