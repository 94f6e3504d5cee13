/**
 * Classifies a node's errors by kind.
 *
 * An unambiguous error code decides first, then an unambiguous HTTP status. Some codes (-32000, -32602, …) are used by every vendor for
 * anything; only for those, the message text decides (`node-wordings`). If the text is not recognized, the status decides, then the code's
 * meaning in JSON-RPC 2.0 and EIP-1474, and finally `unknown-error`, which is transient.
 */
import { isHexData } from './parse.ts';
import { wordings } from './node-wordings.ts';
import type { Hex } from '../../primitives/hex.ts';
import type { NodeErrorKind } from './errors.ts';

/** The `error` member of a JSON-RPC response. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface ErrorContext {
  /** The requested method, if there was exactly one. */
  readonly method?: string | undefined;
  /** The HTTP status of the response that contained the error. */
  readonly httpStatus?: number | undefined;
}

export interface Classification {
  readonly kind: NodeErrorKind;
  /** False if no code, status or wording in the tables matches. Such an error should be examined and added. */
  readonly isKnown: boolean;
}

/** Codes with the same meaning for every vendor. */
const kindByCode: ReadonlyMap<number, NodeErrorKind> = new Map([
  [3, 'reverted'], // geth, and clients that follow it
  [-32601, 'method-unsupported'], // JSON-RPC 2.0
  [-32004, 'method-unsupported'], // EIP-1474
  [-32612, 'method-unsupported'], // QuickNode: not enabled for this endpoint
  [-32613, 'method-unsupported'], // QuickNode: not in this plan
  [-39001, 'unknown-block'], // execution-apis: a tag that names no block (Besu, Erigon)
  [4444, 'state-unavailable'], // geth: history expired (EIP-4444)
  [429, 'rate-limited'], // Alchemy
  [-32007, 'rate-limited'], // QuickNode
  [-32009, 'rate-limited'], // QuickNode
  [-32015, 'reverted'], // OpenEthereum's successors
  [-32020, 'answer-too-big'], // proxyd
  [-32019, 'unknown-block'], // proxyd
  [-32614, 'range-limit'], // QuickNode
  [-32062, 'range-limit'], // Ankr
  [-32047, 'range-limit'], // Cloudflare
  [35, 'range-limit'], // dRPC
]);

/** Statuses that decide regardless of the JSON-RPC error in the body. */
const kindByStatus: ReadonlyMap<number, NodeErrorKind> = new Map([
  [401, 'access-refused'],
  [402, 'access-refused'],
  [403, 'access-refused'],
  [407, 'access-refused'],
  [408, 'timed-out'],
  [413, 'answer-too-big'],
  [429, 'rate-limited'],
  [451, 'access-refused'],
  [504, 'timed-out'],
  [524, 'timed-out'],
]);

/** For errors that no unambiguous code, status or wording classifies. */
const fallbackKindByCode: ReadonlyMap<number, NodeErrorKind> = new Map([
  [-32001, 'unknown-block'], // EIP-1474: resource not found
  [-32002, 'timed-out'], // EIP-1474: resource unavailable
  [-32005, 'rate-limited'], // EIP-1474: limit exceeded
  [-32016, 'rate-limited'], // proxyd (Base, Optimism); a timeout of Nethermind's
  [-32603, 'node-failure'], // JSON-RPC 2.0: internal error
  [-32011, 'node-failure'], // proxyd: no backends
  [-32602, 'request-refused'], // JSON-RPC 2.0: invalid params
  [-32600, 'request-refused'], // JSON-RPC 2.0: invalid request
  [-32700, 'request-refused'], // JSON-RPC 2.0: parse error
]);

/** anvil sends the same message for a block beyond its head and for a block whose state it dropped. Only the numbers distinguish them. */
const anvilOutOfRange = /^blockoutofrangeerror: block height is (\d+) but requested was (\d+)/;

/** Classifies a JSON-RPC error, using the method and the HTTP status as well. */
export function classifyRpcError(error: RpcErrorObject, context: ErrorContext = {}): Classification {
  const classified = classify(error, context);
  const { method } = context;
  // Only calls execute contract code, so an error of another method cannot be a revert.
  return classified.kind === 'reverted' && method !== undefined && !callingMethods.has(method)
    ? { kind: 'unknown-error', isKnown: false }
    : classified;
}

/** `classifyRpcError`, reduced to the kind. */
export function kindOfRpcError(error: RpcErrorObject, context: ErrorContext = {}): NodeErrorKind {
  return classifyRpcError(error, context).kind;
}

const callingMethods: ReadonlySet<string> = new Set(['eth_call', 'eth_estimateGas']);

function classify(error: RpcErrorObject, { method, httpStatus }: ErrorContext): Classification {
  const decided =
    kindByCode.get(error.code) ??
    (httpStatus === undefined ? undefined : kindByStatus.get(httpStatus)) ??
    kindByWording(error);
  if (decided !== undefined) return { kind: decided, isKnown: true };
  // The message is not recognized, but only a contract returns such data.
  if (method !== undefined && callingMethods.has(method) && hasRevertData(error))
    return { kind: 'reverted', isKnown: true };
  const byCode = fallbackKindByCode.get(error.code);
  if (byCode !== undefined) return { kind: byCode, isKnown: false };
  const kind =
    httpStatus === undefined || httpStatus < 300
      ? 'unknown-error'
      : kindOfErrorStatus(httpStatus, 'node-failure');
  return { kind, isKnown: false };
}

function kindByWording({ message }: RpcErrorObject): NodeErrorKind | undefined {
  const text = message.toLowerCase();
  const outOfRange = anvilOutOfRange.exec(text);
  if (outOfRange !== null) {
    return Number(outOfRange[2]) <= Number(outOfRange[1]) ? 'state-unavailable' : 'unknown-block';
  }
  return wordings.find(({ pattern }) => pattern.test(text))?.kind;
}

/** The kind of an HTTP status of 300 or more that came without a JSON-RPC error. */
export function kindOfHttpStatus(status: number): NodeErrorKind {
  return kindByStatus.get(status) ?? kindOfErrorStatus(status, 'unreachable');
}

/** Statuses for errors of the server, not of the request. */
const transientStatuses: ReadonlySet<number> = new Set([409, 421, 423, 425, 499]);

function kindOfErrorStatus(status: number, failure: NodeErrorKind): NodeErrorKind {
  if (status >= 500 || transientStatuses.has(status)) return failure;
  // A redirect, a missing path or a path that accepts no POST: the URL is wrong.
  if (status < 400 || status === 404 || status === 405 || status === 410) return 'access-refused';
  return 'request-refused';
}

const selectorDigits = 8;

function hasRevertData(error: RpcErrorObject): boolean {
  return revertDataOf(error).length >= 2 + selectorDigits;
}

/** The revert data of an error, or `0x` if the node sends none. */
export function revertDataOf(error: RpcErrorObject): Hex {
  const data = error.data;
  if (typeof data === 'string') {
    // OpenEthereum's successors write "Reverted 0x…".
    const hex = data.replace(/^Reverted /i, '').toLowerCase();
    return isHexData(hex) ? hex : '0x';
  }
  if (typeof data === 'object' && data !== null && 'data' in data && typeof data.data === 'string') {
    const hex = data.data.toLowerCase();
    return isHexData(hex) ? hex : '0x';
  }
  return '0x';
}

/** A node that requests a longer wait may be mistaken, or a clock may be wrong. The program retries after this time. */
const longestRetryAfterMs = 300_000;

/**
 * The wait that a `Retry-After` header requests, in milliseconds, at most five minutes (RFC 9110: seconds, or an HTTP date). `undefined` if
 * the header is missing or unusable.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(longestRetryAfterMs, Math.max(0, waitMs));
}
