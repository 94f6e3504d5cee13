/**
 * One node: JSON-RPC requests, alone or in batches, with retries, a bound on concurrency, and batch sizes that adapt.
 *
 * What every caller relies on: a failure that may pass (`isTransient`) is thrown after its retries; a refusal is an answer of
 * that one request, and leaves the others of its batch alone.
 */
import pLimit from 'p-limit';
import pRetry from 'p-retry';
import { required } from '../primitives/errors.ts';
import { isTransient, NodeError } from './errors.ts';
import { createHttpExchange } from './http-exchange.ts';
import { maskUrl } from './redact.ts';
import { wait } from './wait.ts';
import type { RpcAnswer, RpcRequest } from './http-exchange.ts';

export type { RpcAnswer, RpcRequest } from './http-exchange.ts';

export interface NodeOptions {
  readonly url: string;
  /** For messages. */
  readonly chainId?: number;
  readonly timeoutMs?: number;
  /** Retries of a failure that may pass. */
  readonly retries?: number;
  /** The wait before the first retry; it doubles with each. */
  readonly retryDelayMs?: number;
  /** The longest wait that a node's `Retry-After` may ask for. */
  readonly maximumRetryAfterMs?: number;
  /** HTTP requests in flight at once. */
  readonly maximumConcurrency?: number;
  /** JSON-RPC requests in one HTTP request. */
  readonly maximumBatchSize?: number;
  readonly maximumAnswerBytes?: number;
  readonly now?: () => number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
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
} as const;

export function createNode(options: NodeOptions): ChainNode {
  const settings = { ...defaults, now: Date.now, ...options };
  const { chainId, url, timeoutMs, maximumAnswerBytes, now } = settings;
  const place = chainId === undefined ? {} : { chainId };
  const exchange = createHttpExchange({ url, timeoutMs, maximumAnswerBytes, now, place });
  const limit = pLimit(settings.maximumConcurrency);
  const missingMethods = new Set<string>();
  const counts = { httpRequests: 0, rpcRequests: 0, failedHttpRequests: 0 };
  let maximumBatchSize = settings.maximumBatchSize;
  let batchSize = maximumBatchSize;

  async function send(requests: readonly RpcRequest[], signal?: AbortSignal): Promise<RpcAnswer[]> {
    return limit(async () => {
      signal?.throwIfAborted();
      counts.httpRequests += 1;
      counts.rpcRequests += requests.length;
      try {
        return await exchange(requests, signal);
      } catch (error) {
        counts.failedHttpRequests += 1;
        throw error;
      }
    });
  }

  /** Sends until each request has an answer that waiting won't change. Throws what fails all that are still open. */
  async function sendWithRetries(
    requests: readonly RpcRequest[],
    signal?: AbortSignal,
  ): Promise<RpcAnswer[]> {
    const answers = new Map<RpcRequest, RpcAnswer>();
    const attempt = async (): Promise<void> => {
      const open = requests.filter((request) => !answers.has(request));
      const received = await send(open, signal);
      let waiting: NodeError | undefined;
      for (const [index, request] of open.entries()) {
        const answer = required(received[index], 'the answer to a request');
        if (answer.ok || !isTransient(answer.error)) answers.set(request, answer);
        else waiting = answer.error;
      }
      if (waiting !== undefined) throw waiting;
    };
    await pRetry(attempt, {
      retries: settings.retries,
      minTimeout: settings.retryDelayMs,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      // A batch that times out is cut, not sent again as it is.
      shouldRetry: ({ error }) => isTransient(error) && !(error.kind === 'timed-out' && requests.length > 1),
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (!(error instanceof NodeError) || error.retryAfterMs === undefined || retriesLeft === 0) return;
        await wait(Math.min(error.retryAfterMs, settings.maximumRetryAfterMs), signal);
      },
    });
    return requests.map((request) => required(answers.get(request), 'the answer to a request'));
  }

  /** Cuts what is too much for one HTTP request in two, until it is one request that is too much. */
  async function sendSplitting(requests: readonly RpcRequest[], signal?: AbortSignal): Promise<RpcAnswer[]> {
    let answers: RpcAnswer[];
    try {
      answers = await sendWithRetries(requests, signal);
    } catch (error) {
      if (!(error instanceof NodeError) || !isTooMuch(error)) throw error;
      if (requests.length === 1) {
        if (isTransient(error)) throw error;
        return [{ ok: false, error }];
      }
      const half = Math.ceil(requests.length / 2);
      batchSize = Math.min(batchSize, half);
      if (error.kind === 'batch-limit') maximumBatchSize = Math.min(maximumBatchSize, half);
      const front = await sendSplitting(requests.slice(0, half), signal);
      return [...front, ...(await sendSplitting(requests.slice(half), signal))];
    }
    return requests.length === 1 ? answers : sendCutOffAgain(requests, answers, signal);
  }

  /** geth fills a batch's answers up to its cap and refuses the rest one by one: those are sent again, in smaller batches. */
  async function sendCutOffAgain(
    requests: readonly RpcRequest[],
    answers: readonly RpcAnswer[],
    signal?: AbortSignal,
  ): Promise<RpcAnswer[]> {
    const cutOff = requests.filter((_, index) => {
      const answer = answers[index];
      return answer !== undefined && !answer.ok && answer.error.kind === 'answer-too-big';
    });
    if (cutOff.length === 0) return [...answers];
    const again = new Map<RpcRequest, RpcAnswer>();
    const size = Math.max(1, Math.min(cutOff.length, requests.length - 1, Math.ceil(requests.length / 2)));
    for (const part of chunked(cutOff, size)) {
      const received = await sendSplitting(part, signal);
      for (const [index, request] of part.entries())
        again.set(request, required(received[index], 'an answer'));
    }
    return requests.map((request, index) => again.get(request) ?? required(answers[index], 'an answer'));
  }

  async function requestBatch(
    requests: readonly RpcRequest[],
    { signal }: RequestOptions = {},
  ): Promise<RpcAnswer[]> {
    if (requests.length === 0) return [];
    const parts = chunked(requests, batchSize);
    const answers = (await Promise.all(parts.map((part) => sendSplitting(part, signal)))).flat();
    for (const [index, answer] of answers.entries()) {
      if (!answer.ok && answer.error.kind === 'method-unsupported') {
        missingMethods.add(required(requests[index], 'the request of an answer').method);
      }
    }
    // After a cut the size creeps up again: one heavy batch says little about the next.
    batchSize = Math.min(maximumBatchSize, batchSize + 1);
    return answers;
  }

  return {
    name: maskUrl(url),
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

function isTooMuch(error: NodeError): boolean {
  return error.kind === 'answer-too-big' || error.kind === 'batch-limit' || error.kind === 'timed-out';
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
