/**
 * Text from contracts, which may contain any bytes.
 *
 * A Solidity `string` is a byte string without a guaranteed encoding. The decoder preserves ill-formed UTF-8 by *surrogate escape* (as in
 * Python's PEP 383): it maps each ill-formed byte b to the lone surrogate U+DC00 + b, which well-formed UTF-8 cannot contain. The
 * JavaScript string is therefore exact and can be converted back to its bytes. PostgreSQL can store neither lone surrogates nor NUL;
 * `storable` returns the text to store and whether it is exact.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const escapeBase = 0xdc00;

/** Decodes any bytes into a string that `encodeExact` converts back into the same bytes. */
export function decodeExact(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return decodeIllFormed(bytes);
  }
}

/** The bytes that `decodeExact` decoded. */
export function encodeExact(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isEscape = code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
    parts.push(isEscape ? Buffer.from([code - escapeBase]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

// eslint-disable-next-line no-control-regex -- NUL is exactly what is looked for
const unstorable = /[\0\p{Surrogate}]/gu;

/** The text that PostgreSQL can store. NUL and ill-formed bytes become U+FFFD, and `exact` is then false. */
export function storable(text: string): { text: string; exact: boolean } {
  if (text.isWellFormed() && !text.includes('\0')) return { text, exact: true };
  return { text: text.replace(unstorable, '\u{FFFD}'), exact: false };
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const unprintable = /[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}]/gu;

/** Text from a contract or a node, made safe for terminals and logs: control characters are escaped and the length is bounded. */
export function printable(text: string, maximumLength = 200): string {
  const shortened = text.length > maximumLength ? `${text.slice(0, maximumLength)}…` : text;
  return shortened.replace(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

function decodeIllFormed(bytes: Uint8Array): string {
  let text = '';
  let index = 0;
  while (index < bytes.length) {
    const length = wellFormedLength(bytes, index);
    if (length === 0) {
      text += String.fromCharCode(escapeBase + (bytes[index] ?? 0));
      index += 1;
    } else {
      text += decoder.decode(bytes.subarray(index, index + length));
      index += length;
    }
  }
  return text;
}

/** The length of the well-formed UTF-8 sequence at `index`, or 0 if there is none (Unicode 15, table 3-7). */
function wellFormedLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf
      ? 2
      : first >= 0xe0 && first <= 0xef
        ? 3
        : first >= 0xf0 && first <= 0xf4
          ? 4
          : 0;
  if (length === 0 || index + length > bytes.length) return 0;
  try {
    decoder.decode(bytes.subarray(index, index + length));
    return length;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return 0;
  }
}
