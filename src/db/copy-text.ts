/**
 * Writes COPY's text format directly into the buffers that are sent. Intermediate strings per row would create more garbage than the row
 * itself, and collecting it would cost more than the writing.
 *
 * https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
import type { Hex } from '../primitives/hex.ts';

const chunkBytes = 128 * 1024;
/** How far a row may exceed the chunk size without a new allocation. */
const slackBytes = 16 * 1024;
const bufferBytes = chunkBytes + slackBytes;
/** The maximum number of UTF-8 bytes per UTF-16 code unit. */
const maximumBytesPerUnit = 3;
const maximumDigits = 20;

const tab = 0x09;
const newline = 0x0a;
const space = 0x20;
const quote = 0x22;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const backslash = 0x5c;
const letterN = 0x4e;
const letterX = 0x78;
const tilde = 0x7e;

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
/** Long enough for hashes, decimals and ids. For longer texts a call to the native function is cheaper. */
const maximumByCharacter = 40;

const nothing = Buffer.alloc(0);
/** About nine megabytes: the rows and the journal entries of one batch, plus the data appended meanwhile. */
const maximumSpareBuffers = 64;
/** Sent buffers, for reuse. V8 would count newly allocated ones as memory to collect. */
const spareBuffers: Buffer[] = [];

/** A growing buffer of rows in COPY's text format. */
export class CopyText {
  /** Taken from the spare buffers at the first write. */
  #buffer: Buffer = nothing;
  #length = 0;
  readonly #taken: Buffer[] = [];

  /** Whether the buffer has reached the chunk size. */
  get isFull(): boolean {
    return this.#length >= chunkBytes;
  }

  /** Returns the bytes written since the last call. They stay unchanged until `release`. */
  take(): Buffer {
    const written = this.#buffer.subarray(0, this.#length);
    this.#taken.push(this.#buffer);
    this.#buffer = nothing;
    this.#length = 0;
    return written;
  }

  /** Returns the taken buffers for reuse. Call it only when the bytes are certainly no longer needed. */
  release(): void {
    for (const buffer of this.#taken)
      if (buffer.length === bufferBytes && spareBuffers.length < maximumSpareBuffers)
        spareBuffers.push(buffer);
    this.#taken.length = 0;
  }

  endField(): void {
    this.#byte(tab);
  }

  /** Replaces the separator after the last field by the end of the row. */
  endRow(): void {
    this.#buffer[this.#length - 1] = newline;
  }

  none(): void {
    this.#room(2);
    this.#buffer[this.#length++] = backslash;
    this.#buffer[this.#length++] = letterN;
  }

  /** Writes ASCII text that needs no escaping. */
  plain(text: string): void {
    if (this.#simple(text)) return;
    this.#room(text.length);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  /** Writes any text that PostgreSQL can store. */
  text(text: string): void {
    if (this.#simple(text)) return;
    const escaped = special.test(text)
      ? text.replace(specials, (character) => escapes[character] ?? character)
      : text;
    this.#room(escaped.length * maximumBytesPerUnit);
    this.#length += this.#buffer.write(escaped, this.#length, 'utf8');
  }

  /** Writes a string of a JSON document. */
  jsonString(text: string): void {
    const start = this.#length;
    this.#byte(quote);
    if (this.#simple(text)) return this.#byte(quote);
    this.#length = start;
    this.text(JSON.stringify(text));
  }

  /**
   * Writes a short text of printable ASCII without quotes and backslashes, which needs no escaping. Returns false, and writes nothing, for
   * any other text. It works character by character, because that is cheaper than a native call for each field.
   */
  #simple(text: string): boolean {
    const { length } = text;
    if (length > maximumByCharacter) return false;
    this.#room(length);
    const buffer = this.#buffer;
    const start = this.#length;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < space || code > tilde || code === quote || code === backslash) return false;
      buffer[start + index] = code;
    }
    this.#length = start + length;
    return true;
  }

  #byte(code: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = code;
  }

  /** Writes a safe integer. */
  integer(value: number): void {
    this.#room(maximumDigits);
    let rest = value;
    if (rest < 0) {
      this.#buffer[this.#length++] = minus;
      rest = -rest;
    }
    const start = this.#length;
    let end = start + 1;
    for (let bound = 10; bound <= rest; bound *= 10) end += 1;
    for (let position = end - 1; position >= start; position -= 1) {
      const shorter = Math.floor(rest / 10);
      this.#buffer[position] = zero + (rest - shorter * 10);
      rest = shorter;
    }
    this.#length = end;
  }

  /** Writes a bytea. `backslashes` is higher than the 2 of a plain field if an outer format consumes escapes as well. */
  bytes(hex: Hex, backslashes = 2): void {
    this.#room(hex.length + backslashes);
    // Writes the digits at their final position: the hex's own 0x overlaps the last backslash and the x.
    const start = this.#length + backslashes - 1;
    this.#length = start;
    if (!this.#simple(hex)) this.#length += this.#buffer.write(hex, start, 'latin1');
    for (let position = start - backslashes + 1; position <= start; position += 1)
      this.#buffer[position] = backslash;
    this.#buffer[start + 1] = letterX;
  }

  /** Writes an integer of units of 10^-decimals as a decimal. */
  decimal(units: bigint, decimals: number): void {
    const isNegative = units < 0n;
    const digits = (isNegative ? -units : units).toString().padStart(decimals + 1, '0');
    this.#room(digits.length + 2);
    if (isNegative) this.#buffer[this.#length++] = minus;
    const end = this.#length + this.#buffer.write(digits, this.#length, 'latin1');
    const pointAt = end - decimals;
    for (let position = end; position > pointAt; position -= 1)
      this.#buffer[position] = this.#buffer[position - 1] ?? zero;
    this.#buffer[pointAt] = point;
    this.#length = end + 1;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const size = Math.max(bufferBytes, this.#buffer.length * 2, this.#length + bytes);
    const wider = (size === bufferBytes ? spareBuffers.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(wider, 0, 0, this.#length);
    this.#buffer = wider;
  }
}
