/**
 * A client for one node: single and batched JSON-RPC requests, with retries, bounded concurrency and adaptive batch sizes.
 *
 * Callers rely on this: a transient failure (`isTransient`) is thrown only after its retries. A refusal is the response to one request and
 * does not affect the other requests of its batch.
 */
import pLimit from 'p-limit';
import { required } from '../../primitives/errors.ts';
import { createBatchingSend } from './batches.ts';
import { createHttpExchange } from './http-exchange.ts';
import { createRateGate } from './rate-gate.ts';
import { maskUrl } from './redact.ts';
import { createRetryingSend } from './retry.ts';
import type { HttpExchange, RpcAnswer, RpcRequest } from './http-exchange.ts';
import type { OnOddError } from './odd-errors.ts';
import type { RequestOptions, RetryOptions } from './retry.ts';

export type { RpcAnswer, RpcRequest } from './http-exchange.ts';
export type { RequestOptions } from './retry.ts';

export interface NodeOptions extends Partial<RetryOptions> {
  readonly url: string;
  /** For error messages only. */
  readonly chainId?: number;
  readonly timeoutMs?: number;
  /** Concurrent HTTP requests. */
  readonly maximumConcurrency?: number;
  /** JSON-RPC requests per HTTP request. */
  readonly maximumBatchSize?: number;
  readonly maximumAnswerBytes?: number;
  readonly now?: () => number;
  /** Called for each unrecognized error of the node. The caller should log it once. */
  readonly onOddError?: OnOddError;
}

/** Counters since the node object was created. */
export interface NodeMetrics {
  readonly httpRequests: number;
  readonly rpcRequests: number;
  /** HTTP requests without a response, or whose response refuses the whole batch. */
  readonly failedHttpRequests: number;
}

export interface ChainNode {
  /** The node's URL without its secrets, for logs. */
  readonly name: string;
  /** Returns the result of one request. Throws a NodeError if the node refuses the request. */
  request(method: string, params: readonly unknown[], options?: RequestOptions): Promise<unknown>;
  /** Returns the responses in the order of the requests. Throws only errors that affect all of them. */
  requestBatch(requests: readonly RpcRequest[], options?: RequestOptions): Promise<RpcAnswer[]>;
  /** Whether the node has refused this method as unsupported before. */
  lacks(method: string): boolean;
  metrics(): NodeMetrics;
}

const defaults = {
  timeoutMs: 20_000,
  retries: 3,
  retryDelayMs: 250,
  maximumRetryAfterMs: 60_000,
  maximumConcurrency: 8,
  maximumBatchSize: 100,
  maximumAnswerBytes: 256 * 1024 * 1024,
  now: Date.now,
};

/** Creates the client for one node URL. It sends nothing until the first request. */
export function createNode(options: NodeOptions): ChainNode {
  const settings: Settings = { ...defaults, ...options };
  const counts = { httpRequests: 0, rpcRequests: 0, failedHttpRequests: 0 };
  const send = createBatchingSend(
    createRetryingSend(counted(createLimitedExchange(settings), counts), settings),
    settings.maximumBatchSize,
  );
  const missingMethods = new Set<string>();

  async function requestBatch(
    requests: readonly RpcRequest[],
    requestOptions: RequestOptions = {},
  ): Promise<RpcAnswer[]> {
    const answers = await send(requests, requestOptions);
    for (const answer of answers) {
      if (!answer.ok && answer.error.kind === 'method-unsupported') missingMethods.add(answer.error.method);
    }
    return answers;
  }

  return {
    name: maskUrl(settings.url),
    requestBatch,
    async request(method, params, requestOptions) {
      const [answer] = await requestBatch([{ method, params }], requestOptions);
      return resultOf(answer);
    },
    lacks: (method) => missingMethods.has(method),
    metrics: () => ({ ...counts }),
  };
}

/** The result of a response. Throws the NodeError of a refusal. */
export function resultOf(answer: RpcAnswer | undefined): unknown {
  const present = required(answer, 'the answer to a request');
  if (!present.ok) throw present.error;
  return present.result;
}

type Optional = 'chainId' | 'onOddError';
type Settings = Required<Omit<NodeOptions, Optional>> & Pick<NodeOptions, Optional>;

function createLimitedExchange(settings: Settings): HttpExchange {
  const { chainId } = settings;
  const place = chainId === undefined ? {} : { chainId };
  const exchange = createRateGate(createHttpExchange({ ...settings, place }), {
    ...settings,
    name: maskUrl(settings.url),
  });
  const limit = pLimit(settings.maximumConcurrency);
  return (requests, signal) => limit(() => exchange(requests, signal));
}

function counted(
  exchange: HttpExchange,
  counts: { httpRequests: number; rpcRequests: number; failedHttpRequests: number },
): HttpExchange {
  return async (requests, signal) => {
    counts.httpRequests += 1;
    counts.rpcRequests += requests.length;
    try {
      return await exchange(requests, signal);
    } catch (error) {
      counts.failedHttpRequests += 1;
      throw error;
    }
  };
}
