/**
 * COPY's text format, written straight into the buffers that are sent: a row of strings on the way to them is more garbage than the
 * row itself, and collecting it costs more than writing.
 *
 * https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
import type { Hex } from '../primitives/hex.ts';

const chunkBytes = 128 * 1024;
/** What a row may pass the chunk's size by without another buffer being made for it. */
const slackBytes = 16 * 1024;
const bufferBytes = chunkBytes + slackBytes;
/** UTF-8's bytes for one UTF-16 unit, at the most. */
const mostBytesAUnit = 3;
const mostDigits = 20;

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
/** Hashes, decimals, ids; of longer texts the call is worth its price. */
const longestByCharacter = 40;

const nothing = Buffer.alloc(0);
/** Some nine megabytes: as much as a batch's rows and journal, with room for what is appended meanwhile. */
const mostSpareBuffers = 64;
/** Buffers that were sent, to be filled again: made anew, V8 would count each as memory to be collected. */
const spareBuffers: Buffer[] = [];

export class CopyText {
  /** Taken when something is written. */
  #buffer: Buffer = nothing;
  #length = 0;
  readonly #taken: Buffer[] = [];

  /** Whether there is enough to be sent. */
  get isFull(): boolean {
    return this.#length >= chunkBytes;
  }

  /** What was written since the last time; it stays as it is until `release`. */
  take(): Buffer {
    const written = this.#buffer.subarray(0, this.#length);
    this.#taken.push(this.#buffer);
    this.#buffer = nothing;
    this.#length = 0;
    return written;
  }

  /** To be called when nobody needs what was taken any more; where that isn't known, never. */
  release(): void {
    for (const buffer of this.#taken)
      if (buffer.length === bufferBytes && spareBuffers.length < mostSpareBuffers) spareBuffers.push(buffer);
    this.#taken.length = 0;
  }

  endField(): void {
    this.#byte(tab);
  }

  /** In place of the last field's end. */
  endRow(): void {
    this.#buffer[this.#length - 1] = newline;
  }

  none(): void {
    this.#room(2);
    this.#buffer[this.#length++] = backslash;
    this.#buffer[this.#length++] = letterN;
  }

  /** ASCII in which nothing has to be escaped. */
  plain(text: string): void {
    if (this.#simple(text)) return;
    this.#room(text.length);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  /** Any text that PostgreSQL can store. */
  text(text: string): void {
    if (this.#simple(text)) return;
    const escaped = special.test(text)
      ? text.replace(specials, (character) => escapes[character] ?? character)
      : text;
    this.#room(escaped.length * mostBytesAUnit);
    this.#length += this.#buffer.write(escaped, this.#length, 'utf8');
  }

  /** A string of a JSON document. */
  jsonString(text: string): void {
    const start = this.#length;
    this.#byte(quote);
    if (this.#simple(text)) return this.#byte(quote);
    this.#length = start;
    this.text(JSON.stringify(text));
  }

  /**
   * Writes a short text of printable ASCII without quotes and backslashes, which nothing would escape; false, and nothing is written, where
   * it is another. Character by character, as it costs less than calling out of JavaScript for each of a row's fields.
   */
  #simple(text: string): boolean {
    const { length } = text;
    if (length > longestByCharacter) return false;
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

  /** A safe integer. */
  integer(value: number): void {
    this.#room(mostDigits);
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

  /** A bytea; `backslashes` are more than the two of a field where it stands within something else that takes them for escapes. */
  bytes(hex: Hex, backslashes = 2): void {
    this.#room(hex.length + backslashes);
    // The digits where they belong: the hex's own 0x lies under the last backslash and the x.
    const start = this.#length + backslashes - 1;
    this.#length = start;
    if (!this.#simple(hex)) this.#length += this.#buffer.write(hex, start, 'latin1');
    for (let position = start - backslashes + 1; position <= start; position += 1)
      this.#buffer[position] = backslash;
    this.#buffer[start + 1] = letterX;
  }

  /** An integer of units of 10^-decimals, in decimal. */
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
