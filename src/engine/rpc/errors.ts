/** What can go wrong between us and a node. Callers decide by `kind` or class, never by a node's wording. */
import { TraceChainError } from '../../primitives/errors.ts';
import type { ErrorPlace } from '../../primitives/errors.ts';
import type { Hex } from '../../primitives/hex.ts';

export type NodeErrorKind =
  /** The node doesn't know the block: it lags, or the block was reorganized away. */
  | 'unknown-block'
  /** The range has more blocks than this node ever accepts (structural). */
  | 'range-limit'
  /** This answer was too big (density). */
  | 'answer-too-big'
  /** The node gave up on this request at a time limit of its own: a crowded range, a call that computes too long. */
  | 'too-slow'
  /** The JSON-RPC batch has more requests than this node accepts. */
  | 'batch-limit'
  | 'rate-limited'
  | 'timed-out'
  /** No usable answer: the connection failed, or a gateway answered in the node's place. */
  | 'unreachable'
  /** The node pruned the state or the history that was asked for. */
  | 'state-unavailable'
  | 'method-unsupported'
  /** The call halted in the virtual machine: a revert, or any other halt (out of gas, an invalid opcode). */
  | 'reverted'
  /** The node, or a gateway in its place, failed by itself: an internal error, a service that is away. */
  | 'node-failure'
  /** The URL gives no access: the key is missing, wrong or suspended, or nothing takes requests there. */
  | 'access-refused'
  /** The node takes the request for an invalid one. Nodes differ in that, so another one may answer it. */
  | 'request-refused'
  /** Nothing tells what the error means: taken as one that passes. */
  | 'unknown-error';

const fixes: Record<NodeErrorKind, string> = {
  'unknown-block': 'Ask again once the node has caught up, or follow the reorganization.',
  'range-limit': 'Ask for fewer blocks at once.',
  'answer-too-big': 'Ask for fewer blocks at once.',
  'too-slow': 'Ask for less at once, or raise the node’s own time limit.',
  'batch-limit': 'Send fewer requests in one batch.',
  'rate-limited': 'Wait, lower the concurrency, or raise the limit with the provider.',
  'timed-out': 'Check the node’s load and the network, or raise the timeout.',
  unreachable: 'Check that the node runs and that its URL is right.',
  'state-unavailable': 'Use a node that keeps the state of old blocks (an archive node).',
  'method-unsupported': 'Use a node that serves this method, or enable it there.',
  reverted: 'Nothing: the contract answered so.',
  'node-failure': 'Nothing, if it passes. Else look at the node’s own log, or tell its provider.',
  'access-refused': 'Check the URL, its key, and what the provider says of the account.',
  'request-refused':
    'Use another node, or another version of it: this one refuses a request that others answer.',
  'unknown-error': 'Nothing, if it passes. Else look at the node’s own log, or use another node.',
};

/** All kinds: the code of a NodeError is `chain/` and its kind. */
export const nodeErrorKinds: readonly string[] = Object.keys(fixes);

export interface NodeErrorOptions {
  readonly kind: NodeErrorKind;
  /** The JSON-RPC method, or what else was asked. */
  readonly method: string;
  /** The JSON-RPC error code, where the node gave one. */
  readonly rpcCode?: number | undefined;
  readonly httpStatus?: number | undefined;
  /** How long the node asks us to wait. */
  readonly retryAfterMs?: number | undefined;
  /** What the contract reverted with, for the kind `reverted`. */
  readonly revertData?: Hex | undefined;
  /** The node's own words, without secrets and fit to print: for hints, never for decisions. */
  readonly nodeMessage?: string | undefined;
  readonly place?: ErrorPlace;
  readonly fix?: string;
}

/** A node's refusal, or no answer at all. The message holds no secrets of the node's URL. */
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

/** A node's answer that isn't what the JSON-RPC specification says: `field` is where. */
export class MalformedAnswerError extends TraceChainError {
  override readonly name = 'MalformedAnswerError';
  readonly field: string;

  constructor(field: string, expected: string) {
    super(`The node’s answer is malformed: ${field} is not ${expected}`, {
      code: 'chain/malformed-answer',
      fix: 'Ask again or ask another node; if it stays so, the node or a gateway before it is faulty.',
    });
    this.field = field;
  }
}

/** Answers that contradict each other: a log outside its block’s bloom, headers that form no chain. Nothing of them may be kept. */
export class InconsistentAnswerError extends TraceChainError {
  override readonly name = 'InconsistentAnswerError';

  constructor(message: string, place: ErrorPlace, fix?: string) {
    super(message, {
      code: 'chain/inconsistent-answer',
      fix: fix ?? 'Ask again or ask another node: the node lagged, reorganized in between, or lost data.',
      place,
    });
  }
}

/** The receipts of a block don't make the root of its header, or their logs aren't numbered as a block's are. */
export class ReceiptsRootError extends TraceChainError {
  override readonly name = 'ReceiptsRootError';

  constructor(message: string, place: ErrorPlace) {
    super(message, {
      code: 'chain/receipts-root',
      fix: 'Ask another node. If every node says so of every block, this chain’s receipts can’t be checked: configure the level bloom.',
      place,
    });
  }
}

/** The node serves another chain than the one that is followed: nothing that it says may be used. */
export class OtherChainError extends TraceChainError {
  override readonly name = 'OtherChainError';

  constructor(message: string, place: ErrorPlace) {
    super(message, {
      code: 'chain/other-chain',
      fix: 'Correct RPC_URL: every node must serve the chain that the database was filled from. A devnet that was begun anew is another chain.',
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

/** True for what the same request to the same node may get over shortly. */
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
 * True for whatever a node said or failed to say, so that another node, or this one later, may do better. A refusal counts, too: nodes
 * differ in their methods, limits and pruned history, a key may be renewed, and what is wrong with a request for one is fine for another.
 */
export function isNodeFault(error: unknown): boolean {
  return faultyAnswers.some((faulty) => error instanceof faulty);
}

/** What waiting doesn't mend: the configured node is the wrong one. */
const refusalKinds: ReadonlySet<NodeErrorKind> = new Set(['access-refused', 'method-unsupported']);

/** True for a refusal that only another URL, key or node helps against: where every node gives one at the start, nothing can be done. */
export function isLastingRefusal(error: unknown): error is NodeError {
  return error instanceof NodeError && refusalKinds.has(error.kind);
}
