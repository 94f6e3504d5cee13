/**
 * Every error of ours says what happened, where, and what to do. Code tells them apart by class or `code`, never by text.
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
  /** What a person does about it: one sentence. */
  readonly fix?: string;
  readonly place?: ErrorPlace;
  readonly cause?: unknown;
}

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

/** The configuration, the database or the node isn't fit to start with: exit code 2, one clear line. */
export class CannotRunError extends TraceChainError {
  override readonly name = 'CannotRunError';
}

/** A fault of the program itself: an invariant that the code relies on doesn't hold. Never retried, never quarantined. */
export class InvariantError extends TraceChainError {
  override readonly name = 'InvariantError';

  constructor(message: string, options: Omit<TraceChainErrorOptions, 'code'> = {}) {
    super(message, { ...options, code: 'invariant' });
  }
}

/** Narrowing that fails loudly: for what must be there by construction. */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new InvariantError(`missing: ${what}`);
  return value;
}
