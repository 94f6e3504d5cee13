/**
 * A position in ABI-encoded bytes, with limits that bound the cost of decoding hostile data.
 *
 * ABI offsets may point anywhere, so many of them can share one tail, and a few kilobytes could decode to gigabytes. Two limits prevent
 * that. They equal viem's, so that both decoders refuse the same data:
 * - One decoding may read already read positions at most `rereadLimit` times.
 * - The total size of all strings and byte arrays of one decoding may be at most `textFactor` times the size of the data.
 */
import { DecodeError } from './decode-error.ts';

const rereadLimit = 8192;
const textFactor = 32;
const wordSize = 32;

/** The read position of one decoding. Its methods throw a DecodeError if the data violates a limit. */
export class Cursor {
  readonly bytes: Buffer;
  position = 0;
  /** The positions read. A set replaces the list once the list is long enough to contain too many repeated reads. */
  readonly #positions: number[] = [];
  #seen: Set<number> | null = null;
  #rereads = 0;
  #textSize = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Moves to an absolute position, which must be inside the data. */
  moveTo(position: number): void {
    if (position >= this.bytes.length) throw this.#outOfBounds(position, 1);
    this.position = position;
  }

  /** Reads `size` bytes, advances by `step`, and returns the start of the bytes. */
  take(size: number, step: number): number {
    this.countRead();
    const start = this.position;
    if (start + size > this.bytes.length) throw this.#outOfBounds(start, size);
    this.position = start + step;
    return start;
  }

  /** Reads a word that must be a safe integer: an offset or a length. */
  takeSize(): number {
    const size = safeIntegerAt(this.bytes, this.take(wordSize, wordSize));
    if (size === null) {
      throw new DecodeError(
        `an offset or length at byte ${this.position - wordSize} is out of bounds`,
        'abi/value-out-of-range',
      );
    }
    return size;
  }

  /** Reads the body of a string or a byte array. Returns a view, not a copy. */
  takeText(size: number): Buffer {
    const start = this.take(size, size);
    this.#textSize += size;
    if (this.#textSize > this.bytes.length * textFactor) {
      throw new DecodeError(`strings of more than ${textFactor} times the data's size`, 'abi/amplification');
    }
    return this.bytes.subarray(start, start + size);
  }

  /** Refuses an array whose elements cannot fit into the data, before any memory is allocated for it. */
  requireSpace(start: number, size: number): void {
    if (start + size > this.bytes.length) throw this.#outOfBounds(start, size);
  }

  /** Counts one read at this position against `rereadLimit`. Elements of size zero count as well. */
  countRead(): void {
    if (this.#seen === null) {
      this.#positions.push(this.position);
      if (this.#positions.length === rereadLimit) this.#track();
      return;
    }
    if (this.#rereads >= rereadLimit) {
      throw new DecodeError(
        `offsets refer to the same bytes more than ${rereadLimit} times`,
        'abi/amplification',
      );
    }
    if (this.#seen.has(this.position)) this.#rereads += 1;
    else this.#seen.add(this.position);
  }

  #track(): void {
    this.#seen = new Set(this.#positions);
    this.#rereads = this.#positions.length - this.#seen.size;
  }

  #outOfBounds(position: number, size: number): DecodeError {
    return new DecodeError(
      `${size} bytes at ${position} are outside the data's ${this.bytes.length} bytes`,
      'abi/out-of-bounds',
    );
  }
}

/** The unsigned word at `start` as a number, or null if it is not a safe integer. */
export function safeIntegerAt(bytes: Buffer, start: number): number | null {
  for (let index = start; index < start + 24; index += 4) {
    if (bytes.readInt32BE(index) !== 0) return null;
  }
  const high = bytes.readUInt32BE(start + 24);
  return high < 0x20_0000 ? high * 0x1_0000_0000 + bytes.readUInt32BE(start + 28) : null;
}

/** The unsigned word at `start`. */
export function bigintAt(bytes: Buffer, start: number): bigint {
  const small = safeIntegerAt(bytes, start);
  return small === null ? BigInt(`0x${bytes.toString('hex', start, start + wordSize)}`) : BigInt(small);
}
