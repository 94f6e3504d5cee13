/**
 * One node: JSON-RPC requests, alone or in batches, with retries, a bound on concurrency, and batch sizes that adapt.
 *
 * What every caller relies on: a failure that may pass (`isTransient`) is thrown after its retries; a refusal is an answer of
 * that one request, and leaves the others of its batch alone.
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
  /** For messages. */
  readonly chainId?: number;
  readonly timeoutMs?: number;
  /** HTTP requests in flight at once. */
  readonly maximumConcurrency?: number;
  /** JSON-RPC requests in one HTTP request. */
  readonly maximumBatchSize?: number;
  readonly maximumAnswerBytes?: number;
  readonly now?: () => number;
  /** Told of each error of the node's that isn't known: to be put into the log once. */
  readonly onOddError?: OnOddError;
}

/** Counts since the node object was made. */
export interface NodeMetrics {
  readonly httpRequests: number;
  readonly rpcRequests: number;
  /** HTTP requests that brought no answer, or the answer that all of the batch is refused. */
  readonly failedHttpRequests: number;
}

export interface ChainNode {
  /** The node's URL without its secrets: for logs. */
  readonly name: string;
  /** The result of one request; throws a NodeError when it is refused. */
  request(method: string, params: readonly unknown[], options?: RequestOptions): Promise<unknown>;
  /** The answers in the order of the requests; throws only what fails all of them. */
  requestBatch(requests: readonly RpcRequest[], options?: RequestOptions): Promise<RpcAnswer[]>;
  /** Whether the node has said that it doesn't serve this method. */
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

/** The result of an answer; throws the NodeError of a refusal. */
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
