/**
 * `eth_subscribe newHeads` over one WebSocket connection, through viem's transport. The caller reconnects.
 */
import { webSocket } from 'viem';
import { required } from '../../primitives/errors.ts';
import { printable } from '../../primitives/text.ts';
import { MalformedAnswerError, NodeError } from '../rpc/errors.ts';
import { kindOfRpcError } from '../rpc/node-answers.ts';
import { isObject, parseHeader } from '../rpc/parse.ts';
import { maskUrl, redactUrls } from '../rpc/redact.ts';
import type { BlockHeader } from '../rpc/types.ts';

export interface NewHeadsOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called once the subscription is active. The caller polls for earlier heads. */
  readonly onSubscribed: () => void;
  readonly onHead: (header: BlockHeader) => void;
}

const method = 'eth_subscribe';

const fixes = {
  refused:
    'Use a node that serves eth_subscribe newHeads, or leave WS_URL out: the head is polled meanwhile.',
  ended: 'Nothing, if it comes back: the head is polled meanwhile. Else check WS_URL.',
  silent:
    'Nothing, if it comes back: the head is polled meanwhile. Else use another node’s WebSocket, or leave WS_URL out.',
};

/** The connection is open but delivers no blocks although the chain advances. */
export class SilentSocketError extends NodeError {
  constructor(url: string, blocks: number) {
    super(
      `The WebSocket ${maskUrl(url)} has told of no block for ${blocks} block times, and there are new ones: connecting anew`,
      { kind: 'timed-out', method, fix: fixes.silent },
    );
  }
}

/**
 * Listens until the connection ends, which throws a NodeError, or until the signal aborts, which returns.
 * Closes the connection in both cases.
 */
export async function listenToNewHeads(options: NewHeadsOptions): Promise<void> {
  const { url, timeoutMs, signal, onSubscribed, onHead } = options;
  if (signal.aborted) return;
  const { value } = webSocket(url, { reconnect: false, retryCount: 0, timeout: timeoutMs })({});
  const transport = required(value, 'the WebSocket transport');
  const ended = Promise.withResolvers<void>();
  const onAbort = (): void => ended.resolve();
  const timer = setTimeout(() => {
    ended.reject(new Error(`no subscription within ${timeoutMs} ms`));
  }, timeoutMs);
  const connecting = transport.getRpcClient();

  async function subscribe(): Promise<void> {
    await connecting;
    await transport.subscribe({
      params: ['newHeads'],
      onData(data) {
        try {
          onHead(parseHeader(data.result));
        } catch (error) {
          ended.reject(error);
        }
      },
      onError: ended.reject,
    });
    clearTimeout(timer);
    if (!signal.aborted) onSubscribed();
  }

  signal.addEventListener('abort', onAbort);
  subscribe().catch(ended.reject);
  try {
    await ended.promise;
  } catch (error) {
    throw connectionError(error, url);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    closeOnceOpen(connecting);
  }
}

/** A pending connection cannot be aborted; it is closed as soon as it opens. */
function closeOnceOpen(connecting: Promise<{ close(): void }>): void {
  connecting.then(
    (client) => client.close(),
    () => undefined, // never connected: there is nothing to close, and the failure is already reported
  );
}

function connectionError(error: unknown, url: string): Error {
  if (error instanceof MalformedAnswerError) return error;
  const refused = isObject(error) && !(error instanceof Error) && typeof error['code'] === 'number';
  const said =
    isObject(error) && typeof error['message'] === 'string' ? error['message'].split('\n')[0] : undefined;
  const text = printable(redactUrls(said === undefined || said === '' ? 'the connection failed' : said, url));
  const name = maskUrl(url);
  if (refused) {
    const rpcCode = Number(error['code']);
    const kind = kindOfRpcError({ code: rpcCode, message: text });
    const message = `The node behind the WebSocket ${name} refused ${method}: ${text} (code ${rpcCode})`;
    return new NodeError(message, { kind, method, rpcCode, nodeMessage: text, fix: fixes.refused });
  }
  return new NodeError(`The WebSocket connection to ${name} ended: ${text}`, {
    kind: 'unreachable',
    method,
    fix: fixes.ended,
  });
}
