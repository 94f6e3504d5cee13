/** The error for logs and return data that do not match the ABI. */
import { TraceChainError } from '../../../primitives/errors.ts';

export type DecodeErrorCode =
  /** Fewer bytes than the types need, or an offset or a length that points past the end. */
  | 'abi/out-of-bounds'
  /** A bool that is neither 0 nor 1, or a small integer, an offset or a length that does not fit a number. */
  | 'abi/value-out-of-range'
  /** Offsets that share data, so that the decoded value would be much larger than the data. */
  | 'abi/amplification'
  /** A log with fewer topics than the event has indexed arguments. */
  | 'abi/topics-missing'
  /** The input is not a whole number of bytes in hex. */
  | 'abi/not-hex';

/** A log, return data or calldata does not match its ABI. `code` states how. */
export class DecodeError extends TraceChainError {
  override readonly name = 'DecodeError';
  declare readonly code: DecodeErrorCode;
  /** The event or function being decoded, if known. */
  readonly item: string | null;

  constructor(message: string, code: DecodeErrorCode, item: string | null = null, cause?: unknown) {
    super(item === null ? message : `${item}: ${message}`, { code, cause });
    this.item = item;
  }
}

/** Runs a decoder and adds the event's or function's name to a DecodeError that it throws. */
export function decodingItem<Value>(item: string, decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError) || error.item !== null) throw error;
    throw new DecodeError(error.message, error.code, item, error);
  }
}

/** The decoder's result, or null if it throws a DecodeError. */
export function decodedOrNull<Value>(decode: () => Value): Value | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
