/** What a contract emitted or answered isn't what its ABI says. */
import { TraceChainError } from '../../../primitives/errors.ts';

export type DecodeErrorCode =
  /** Fewer bytes than the types need, or an offset or a length that points past the end. */
  | 'abi/out-of-bounds'
  /** A bool that is neither 0 nor 1, or a small integer, an offset or a length that no number can hold. */
  | 'abi/value-out-of-range'
  /** Offsets that share data until the decoded value would dwarf the bytes that it came from. */
  | 'abi/amplification'
  /** A log with fewer topics than the event has indexed arguments. */
  | 'abi/topics-missing'
  /** The input isn't whole bytes of hex. */
  | 'abi/not-hex';

export class DecodeError extends TraceChainError {
  override readonly name = 'DecodeError';
  declare readonly code: DecodeErrorCode;
  /** The event or function that was being decoded, once known. */
  readonly item: string | null;

  constructor(message: string, code: DecodeErrorCode, item: string | null = null, cause?: unknown) {
    super(item === null ? message : `${item}: ${message}`, { code, cause });
    this.item = item;
  }
}

/** Runs a decoder; a DecodeError that it throws is told again with the event's or function's name. */
export function decodingItem<Value>(item: string, decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError) || error.item !== null) throw error;
    throw new DecodeError(error.message, error.code, item, error);
  }
}

/** What a decoder gives, or null where it refuses the data. */
export function decodedOrNull<Value>(decode: () => Value): Value | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
