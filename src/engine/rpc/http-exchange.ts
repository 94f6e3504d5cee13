/**
 * One HTTP request that carries one JSON-RPC request or a batch. viem's client does the transport; its errors are converted to this
 * program's errors.
 */
import { HttpRequestError, ResponseBodyTooLargeError, RpcRequestError, TimeoutError } from 'viem';
import { getHttpRpcClient } from 'viem/utils';
import { printable } from '../../primitives/text.ts';
import { MalformedAnswerError, NodeError } from './errors.ts';
import { classifyRpcError, kindOfHttpStatus, retryAfterMs, revertDataOf } from './node-answers.ts';
import { isObject, parseArray, parseObject } from './parse.ts';
import { maskUrl, redactUrls } from './redact.ts';
import type { ErrorPlace } from '../../primitives/errors.ts';
import type { RpcErrorObject } from './node-answers.ts';
import type { OnOddError } from './odd-errors.ts';

export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
}

export type RpcAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: NodeError };

export interface HttpExchangeOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly maximumAnswerBytes: number;
  /** Milliseconds since 1970, for a `Retry-After` header that names a date. */
  readonly now: () => number;
  readonly place: ErrorPlace;
  /** Called for each unrecognized error. */
  readonly onOddError?: OnOddError | undefined;
}

/**
 * Sends the requests in one HTTP request and returns the responses in the order of the requests. Throws a NodeError if there is no response
 * to any of them, a MalformedAnswerError if the response is not JSON-RPC, and the signal's reason on abort.
 */
export type HttpExchange = (requests: readonly RpcRequest[], signal?: AbortSignal) => Promise<RpcAnswer[]>;

const longestQuotedMessage = 300;

/** Creates the exchange for one node URL. It does not retry. */
export function createHttpExchange(options: HttpExchangeOptions): HttpExchange {
  const { url, maximumAnswerBytes, timeoutMs } = options;
  const client = getHttpRpcClient(url, { timeout: timeoutMs, maxResponseBodySize: maximumAnswerBytes });

  return async (requests, signal) => {
    signal?.throwIfAborted();
    const bodies = requests.map(({ method, params }, id) => ({ id, method, params: [...params] }));
    const [only] = bodies;
    const body = only !== undefined && bodies.length === 1 ? only : bodies;
    const method = describe(requests);
    const seen: ResponseMetadata = { status: undefined, contentType: undefined };
    try {
      // A redirect would send requests, and a key in the URL's user part, to a server that the operator did not configure.
      const fetchOptions = { redirect: 'manual' as const, ...(signal === undefined ? {} : { signal }) };
      const onResponse = (response: Response): void => {
        seen.status = response.status;
        seen.contentType = response.headers.get('content-type') ?? undefined;
      };
      const answer: unknown = await client.request({ body, fetchOptions, onResponse });
      return readAnswers(Array.isArray(body) ? answer : [answer], requests, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw toNodeError(error, method, seen, options);
    }
  };
}

/** The status and the content type, for a response whose body is unusable. */
interface ResponseMetadata {
  status: number | undefined;
  contentType: string | undefined;
}

function describe(requests: readonly RpcRequest[]): string {
  const methods = [...new Set(requests.map(({ method }) => method))].join(', ');
  return requests.length === 1 ? methods : `${requests.length} × ${methods}`;
}

function readAnswers(
  value: unknown,
  requests: readonly RpcRequest[],
  options: HttpExchangeOptions,
): RpcAnswer[] {
  const items = parseArray(value, 'batch');
  const refused = refusedAsAWhole(items);
  if (refused !== undefined) throw rpcError(refused, describe(requests), options);

  const answers: (RpcAnswer | undefined)[] = requests.map(() => undefined);
  for (const item of items) {
    const answer = parseObject(item, 'answer');
    const id = requests.length === 1 ? 0 : answer['id'];
    const request = typeof id === 'number' ? requests[id] : undefined;
    if (typeof id !== 'number' || request === undefined) {
      throw new MalformedAnswerError('answer.id', 'the id of a request of the batch');
    }
    const error = asRpcError(answer['error']);
    if (error !== undefined) answers[id] = { ok: false, error: rpcError(error, request.method, options) };
    else if ('result' in answer) answers[id] = { ok: true, result: answer['result'] };
    else throw new MalformedAnswerError('answer.result', 'there');
  }
  return answers.map((answer) => {
    if (answer === undefined) throw new MalformedAnswerError('batch', 'an answer to each request');
    return answer;
  });
}

/** viem returns the same error object for every request of a batch if the node refused the batch as a whole. */
function refusedAsAWhole(items: readonly unknown[]): RpcErrorObject | undefined {
  const [first] = items;
  if (items.length < 2 || items.some((item) => item !== first)) return undefined;
  return isObject(first) ? asRpcError(first['error']) : undefined;
}

function rpcError(
  error: RpcErrorObject,
  method: string,
  options: HttpExchangeOptions,
  http: { readonly status?: number | undefined; readonly retryAfterMs?: number | undefined } = {},
): NodeError {
  const { kind, isKnown } = classifyRpcError(error, { method, httpStatus: http.status });
  if (!isKnown) options.onOddError?.({ method, kind, httpStatus: http.status, error });
  const nodeMessage = quote(error.message, options);
  const name = maskUrl(options.url);
  return new NodeError(`The node ${name} refused ${method}: ${nodeMessage} (code ${error.code})`, {
    kind,
    method,
    rpcCode: error.code,
    httpStatus: http.status,
    retryAfterMs: http.retryAfterMs,
    revertData: kind === 'reverted' ? revertDataOf(error) : undefined,
    nodeMessage,
    place: options.place,
  });
}

/** viem's errors quote the request's URL and body, so they are never passed on, not even as a cause. */
function toNodeError(
  error: unknown,
  method: string,
  seen: ResponseMetadata,
  options: HttpExchangeOptions,
): Error {
  const { place, now } = options;
  const name = maskUrl(options.url);
  if (error instanceof NodeError || error instanceof MalformedAnswerError) return error;
  if (error instanceof TimeoutError) {
    const message = `The node ${name} gave no answer to ${method} within ${options.timeoutMs} ms`;
    return new NodeError(message, { kind: 'timed-out', method, place });
  }
  if (error instanceof ResponseBodyTooLargeError) {
    const message = `The answer of the node ${name} to ${method} is over ${error.maxSize} bytes`;
    return new NodeError(message, { kind: 'answer-too-big', method, place });
  }
  if (error instanceof RpcRequestError) {
    const { code, details, data, headers, status } = error;
    const wait = retryAfterMs(headers?.get('retry-after'), now());
    return rpcError({ code, message: details, data }, method, options, { status, retryAfterMs: wait });
  }
  if (error instanceof HttpRequestError && error.status !== undefined) {
    const kind = kindOfHttpStatus(error.status);
    const wait = retryAfterMs(error.headers?.get('retry-after'), now());
    const said = isPage(seen, error.details) ? 'an HTML page' : quote(error.details, options);
    const message = `The node ${name} answered ${method} with HTTP status ${error.status}: ${said}`;
    return new NodeError(message, { kind, method, httpStatus: error.status, retryAfterMs: wait, place });
  }
  // The server responded, but the response is not JSON-RPC.
  if (seen.status !== undefined && error instanceof HttpRequestError && error.cause instanceof SyntaxError) {
    return isPage(seen, error.details)
      ? new NodeError(
          `The node ${name} answered ${method} with an HTML page (HTTP status ${seen.status}), not with JSON-RPC`,
          {
            kind: 'unreachable',
            method,
            httpStatus: seen.status,
            place,
            fix: 'Check the URL: a website, a login page or a gateway’s error page responds there instead of a node.',
          },
        )
      : new NodeError(
          `The node ${name} answered ${method} with text that is not JSON: ${quote(rootMessage(error), options)}`,
          { kind: 'unreachable', method, httpStatus: seen.status, place },
        );
  }
  const message = `The node ${name} can’t be reached for ${method}: ${quote(rootMessage(error), options)}`;
  return new NodeError(message, { kind: 'unreachable', method, place });
}

/** fetch reports only "fetch failed". The actual error (ECONNREFUSED, ENOTFOUND, invalid JSON) is the last in the chain of causes. */
function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (!(root instanceof Error)) return String(root);
  const code = 'code' in root && typeof root.code === 'string' ? root.code : '';
  return root.message === '' ? code || root.name : root.message;
}

const pageBeginning = /^["\s]*<(?:!doctype|html|head|body|\?xml)/i;

function isPage({ contentType }: ResponseMetadata, text: string): boolean {
  return contentType?.startsWith('text/html') === true || pageBeginning.test(text);
}

function quote(text: string, options: HttpExchangeOptions): string {
  return printable(redactUrls(text, options.url), longestQuotedMessage);
}

function asRpcError(value: unknown): RpcErrorObject | undefined {
  if (!isObject(value)) return undefined;
  const { code, message, data } = value;
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : '',
    data,
  };
}
