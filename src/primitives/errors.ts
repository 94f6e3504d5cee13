/**
 * The base of the program's errors. Each error states what happened, where, and how to fix it. Callers tell errors apart by class or
 * `code`, never by message text.
 */
export interface ErrorPlace {
  readonly chainId?: number;
  readonly blockNumber?: number;
  readonly blockHash?: string;
  readonly transactionHash?: string;
  readonly logIndex?: number;
  readonly address?: string;
}

export interface TraceChainErrorOptions {
  /** A stable, machine-readable name, such as `chain/wrong-genesis`. */
  readonly code: string;
  /** What the operator does about it, in one sentence. */
  readonly fix?: string;
  readonly place?: ErrorPlace;
  readonly cause?: unknown;
}

/** The base class of all errors that the program throws deliberately. */
export class TraceChainError extends Error {
  override readonly name: string = 'TraceChainError';
  readonly code: string;
  readonly fix: string | undefined;
  readonly place: ErrorPlace;

  constructor(message: string, options: TraceChainErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.fix = options.fix;
    this.place = options.place ?? {};
  }
}

/** The configuration, the database or the node does not allow a start. The CLI prints one line and exits with code 2. */
export class CannotRunError extends TraceChainError {
  override readonly name = 'CannotRunError';
}

/** A bug in the program: an invariant that the code relies on does not hold. It is never retried and never quarantined. */
export class InvariantError extends TraceChainError {
  override readonly name = 'InvariantError';

  constructor(message: string, options: Omit<TraceChainErrorOptions, 'code'> = {}) {
    super(message, { ...options, code: 'invariant' });
  }
}

/** Returns a value that must be present by construction. Throws an InvariantError that names it if it is missing. */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new InvariantError(`missing: ${what}`);
  return value;
}
