/**
 * Which kind of error a node's answer is.
 *
 * A code that has one meaning decides, then an HTTP status that has one. The codes that every vendor uses for anything (-32000, -32602, …)
 * say nothing, so there, and only there, the wording does (`node-wordings`). What the wording doesn't tell falls back to the status, to
 * the code's meaning in JSON-RPC 2.0 and EIP-1474, and at last to `unknown-error`, which passes.
 */
import { isHexData } from './parse.ts';
import { wordings } from './node-wordings.ts';
import type { Hex } from '../../primitives/hex.ts';
import type { NodeErrorKind } from './errors.ts';

/** The `error` member of a JSON-RPC answer. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface ErrorContext {
  /** The method that was asked for, if it was one. */
  readonly method?: string | undefined;
  /** The status that the error came with. */
  readonly httpStatus?: number | undefined;
}

export interface Classification {
  readonly kind: NodeErrorKind;
  /** False where neither a code, a status nor words of those that are known told: somebody should look at the error. */
  readonly isKnown: boolean;
}

/** Codes that mean one thing wherever they are used. */
const kindByCode: ReadonlyMap<number, NodeErrorKind> = new Map([
  [3, 'reverted'], // geth, and all who follow it
  [-32601, 'method-unsupported'], // JSON-RPC 2.0
  [-32004, 'method-unsupported'], // EIP-1474
  [-32612, 'method-unsupported'], // QuickNode: not enabled for this endpoint
  [-32613, 'method-unsupported'], // QuickNode: not in this plan
  [-39001, 'unknown-block'], // execution-apis: a tag that names no block (Besu, Erigon)
  [4444, 'state-unavailable'], // geth: history expired (EIP-4444)
  [429, 'rate-limited'], // Alchemy
  [-32007, 'rate-limited'], // QuickNode
  [-32009, 'rate-limited'], // QuickNode
  [-32015, 'reverted'], // OpenEthereum's heirs
  [-32020, 'answer-too-big'], // proxyd
  [-32019, 'unknown-block'], // proxyd
  [-32614, 'range-limit'], // QuickNode
  [-32062, 'range-limit'], // Ankr
  [-32047, 'range-limit'], // Cloudflare
  [35, 'range-limit'], // dRPC
]);

/** Statuses that mean one thing, whatever JSON-RPC error comes with them. */
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

/** What neither a code of one meaning, a status nor the wording told. */
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

/** anvil says the same of a block beyond its head and of one whose state it dropped; only the numbers tell them apart. */
const anvilOutOfRange = /^blockoutofrangeerror: block height is (\d+) but requested was (\d+)/;

/** The kind of a JSON-RPC error, from all that came with it. */
export function classifyRpcError(error: RpcErrorObject, context: ErrorContext = {}): Classification {
  const classified = classify(error, context);
  const { method } = context;
  // Nothing but a call runs code that could revert: whatever it is, it is no contract's answer.
  return classified.kind === 'reverted' && method !== undefined && !callingMethods.has(method)
    ? { kind: 'unknown-error', isKnown: false }
    : classified;
}

/** `classifyRpcError` where only the kind is of interest. */
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
  // Words that nobody knows, around data that only a contract returns.
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

/** Statuses by which a server says that it, and not the request, is at fault. */
const passingStatuses: ReadonlySet<number> = new Set([409, 421, 423, 425, 499]);

function kindOfErrorStatus(status: number, failure: NodeErrorKind): NodeErrorKind {
  if (status >= 500 || passingStatuses.has(status)) return failure;
  // A redirection, a path that isn't there or takes no POST: the URL is wrong.
  if (status < 400 || status === 404 || status === 405 || status === 410) return 'access-refused';
  return 'request-refused';
}

const selectorDigits = 8;

function hasRevertData(error: RpcErrorObject): boolean {
  return revertDataOf(error).length >= 2 + selectorDigits;
}

/** The revert data of an error, `0x` where the node gives none. */
export function revertDataOf(error: RpcErrorObject): Hex {
  const data = error.data;
  if (typeof data === 'string') {
    // OpenEthereum's heirs write "Reverted 0x…".
    const hex = data.replace(/^Reverted /i, '').toLowerCase();
    return isHexData(hex) ? hex : '0x';
  }
  if (typeof data === 'object' && data !== null && 'data' in data && typeof data.data === 'string') {
    const hex = data.data.toLowerCase();
    return isHexData(hex) ? hex : '0x';
  }
  return '0x';
}

/** A node that asks for more may be mistaken, or its clock or ours: after so long it is asked again. */
const longestRetryAfterMs = 300_000;

/**
 * Milliseconds of a `Retry-After` header (RFC 9110: seconds, or an HTTP date), at most five minutes; `undefined` where it says nothing
 * usable.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(longestRetryAfterMs, Math.max(0, waitMs));
}
