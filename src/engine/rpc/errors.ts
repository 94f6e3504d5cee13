/** Errors between the program and a node. Callers decide by `kind` or class, never by a node's wording. */
import { TraceChainError } from '../../primitives/errors.ts';
import type { ErrorPlace } from '../../primitives/errors.ts';
import type { Hex } from '../../primitives/hex.ts';

export type NodeErrorKind =
  /** The node does not know the block: the node lags, or a reorg orphaned the block. */
  | 'unknown-block'
  /** The range has more blocks than this node ever accepts. */
  | 'range-limit'
  /** This response was too large: the range has too many logs for one request. */
  | 'answer-too-big'
  /** The node stopped the request at its own time limit: a crowded range, or an expensive call. */
  | 'too-slow'
  /** The JSON-RPC batch has more requests than this node accepts. */
  | 'batch-limit'
  | 'rate-limited'
  | 'timed-out'
  /** No usable response: the connection failed, or a gateway answered instead of the node. */
  | 'unreachable'
  /** The node pruned the requested state or history. */
  | 'state-unavailable'
  | 'method-unsupported'
  /** The EVM stopped the call: a revert or an exceptional halt (out of gas, an invalid opcode). */
  | 'reverted'
  /** The node, or a gateway in front of it, failed: an internal error or an unavailable service. */
  | 'node-failure'
  /** The URL grants no access: the key is missing, wrong or suspended, or no JSON-RPC endpoint exists there. */
  | 'access-refused'
  /** The node considers the request invalid. Nodes differ in this, so another node may accept the request. */
  | 'request-refused'
  /** The error is not recognized. It is treated as transient. */
  | 'unknown-error';

const fixes: Record<NodeErrorKind, string> = {
  'unknown-block': 'Retry once the node has caught up, or process the reorg.',
  'range-limit': 'Request fewer blocks at a time.',
  'answer-too-big': 'Request fewer blocks at a time.',
  'too-slow': 'Request less at a time, or raise the node’s own time limit.',
  'batch-limit': 'Send fewer requests in one batch.',
  'rate-limited': 'Wait, lower the concurrency, or raise the limit with the provider.',
  'timed-out': 'Check the node’s load and the network, or raise the timeout.',
  unreachable: 'Check that the node runs and that its URL is right.',
  'state-unavailable': 'Use a node that keeps the state of old blocks (an archive node).',
  'method-unsupported': 'Use a node that serves this method, or enable it there.',
  reverted: 'None: this is the contract’s answer.',
  'node-failure': 'None, if the error is transient. Otherwise check the node’s log or contact its provider.',
  'access-refused': 'Check the URL, its key, and the account’s status with the provider.',
  'request-refused':
    'Use another node, or another version of it: this one refuses a request that others answer.',
  'unknown-error': 'None, if the error is transient. Otherwise check the node’s log or use another node.',
};

/** All kinds. The code of a NodeError is `chain/` followed by its kind. */
export const nodeErrorKinds: readonly string[] = Object.keys(fixes);

export interface NodeErrorOptions {
  readonly kind: NodeErrorKind;
  /** The JSON-RPC method, or another description of the request. */
  readonly method: string;
  /** The JSON-RPC error code, if the node sent one. */
  readonly rpcCode?: number | undefined;
  readonly httpStatus?: number | undefined;
  /** The wait that the node requests, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The revert data, for the kind `reverted`. */
  readonly revertData?: Hex | undefined;
  /** The node's own message, without secrets and safe to print. For display only, never for decisions. */
  readonly nodeMessage?: string | undefined;
  readonly place?: ErrorPlace;
  readonly fix?: string;
}

/** A node refused a request or sent no response. The message contains no secrets of the node's URL. */
export class NodeError extends TraceChainError {
  override readonly name = 'NodeError';
  readonly kind: NodeErrorKind;
  readonly method: string;
  readonly rpcCode: number | undefined;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly revertData: Hex | undefined;
  readonly nodeMessage: string | undefined;

  constructor(message: string, options: NodeErrorOptions) {
    super(message, {
      code: `chain/${options.kind}`,
      fix: options.fix ?? fixes[options.kind],
      ...(options.place === undefined ? {} : { place: options.place }),
    });
    this.kind = options.kind;
    this.method = options.method;
    this.rpcCode = options.rpcCode;
    this.httpStatus = options.httpStatus;
    this.retryAfterMs = options.retryAfterMs;
    this.revertData = options.revertData;
    this.nodeMessage = options.nodeMessage;
  }
}

/** A node's response violates the JSON-RPC specification. `field` names the faulty member. */
export class MalformedAnswerError extends TraceChainError {
  override readonly name = 'MalformedAnswerError';
  readonly field: string;

  constructor(field: string, expected: string) {
    super(`The node’s answer is malformed: ${field} is not ${expected}`, {
      code: 'chain/malformed-answer',
      fix: 'Retry, or use another node. If the error persists, the node or a gateway in front of it is faulty.',
    });
    this.field = field;
  }
}

/**
 * Responses contradict each other, such as a log outside its block's bloom or headers that form no chain. Nothing from them may be stored.
 */
export class InconsistentAnswerError extends TraceChainError {
  override readonly name = 'InconsistentAnswerError';

  constructor(message: string, place: ErrorPlace, fix?: string) {
    super(message, {
      code: 'chain/inconsistent-answer',
      fix: fix ?? 'Retry, or use another node: the node lagged, had a reorg in between, or lost data.',
      place,
    });
  }
}

/** The receipts of a block do not match its header's receipts root, or the log indexes in them are not consecutive. */
export class ReceiptsRootError extends TraceChainError {
  override readonly name = 'ReceiptsRootError';

  constructor(message: string, place: ErrorPlace) {
    super(message, {
      code: 'chain/receipts-root',
      fix: 'Use another node. If all nodes give this result for all blocks, this chain’s receipts can’t be checked: configure the level bloom.',
      place,
    });
  }
}

/** The node serves a different chain than the one being indexed. None of its responses may be used. */
export class OtherChainError extends TraceChainError {
  override readonly name = 'OtherChainError';

  constructor(message: string, place: ErrorPlace) {
    super(message, {
      code: 'chain/other-chain',
      fix: 'Correct RPC_URL: every node must serve the chain that the database was filled from. A devnet that was restarted from genesis is another chain.',
      place,
    });
  }
}

const transientKinds: ReadonlySet<NodeErrorKind> = new Set([
  'rate-limited',
  'timed-out',
  'unreachable',
  'node-failure',
  'unknown-error',
]);

/** True for an error that the same request to the same node may overcome shortly. */
export function isTransient(error: unknown): error is NodeError {
  return error instanceof NodeError && transientKinds.has(error.kind);
}

const faultyAnswers = [
  NodeError,
  MalformedAnswerError,
  InconsistentAnswerError,
  ReceiptsRootError,
  OtherChainError,
];

/**
 * True for every error that another node, or this node later, may not have. Refusals count as well: nodes differ in methods, limits and
 * pruned history, a key may be renewed, and one node accepts a request that another calls invalid.
 */
export function isNodeFault(error: unknown): boolean {
  return faultyAnswers.some((faulty) => error instanceof faulty);
}

/** Waiting does not fix these: the configured node is the wrong one. */
const refusalKinds: ReadonlySet<NodeErrorKind> = new Set(['access-refused', 'method-unsupported']);

/** True for a refusal that only another URL, key or node can fix. If all nodes refuse this way at start-up, the daemon cannot run. */
export function isLastingRefusal(error: unknown): error is NodeError {
  return error instanceof NodeError && refusalKinds.has(error.kind);
}
