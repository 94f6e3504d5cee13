/**
 * Hex strings in the form that nodes send, branded so that the compiler keeps addresses and hashes apart.
 *
 * All of them are lower case: the database compares text byte by byte, so an address must have exactly one spelling.
 */
export type Hex = `0x${string}`;

declare const addressBrand: unique symbol;
declare const hashBrand: unique symbol;

/** 20 bytes, lower-case hex. */
export type Address = Hex & { readonly [addressBrand]: true };
/** 32 bytes, lower-case hex: a block hash, a transaction hash, a topic. */
export type Hash = Hex & { readonly [hashBrand]: true };

const addressPattern = /^0x[0-9a-f]{40}$/;
const hashPattern = /^0x[0-9a-f]{64}$/;
const hexPattern = /^0x(?:[0-9a-f]{2})*$/;

/** Converts text to an address in lower case. Throws a RangeError if the text is not 20 bytes of hex. */
export function toAddress(text: string): Address {
  const lower = text.toLowerCase();
  if (!addressPattern.test(lower)) throw new RangeError(`not an address: ${text.slice(0, 80)}`);
  return lower as Address;
}

/** Whether the text is a lower-case address. */
export function isAddress(text: string): text is Address {
  return addressPattern.test(text);
}

/** Converts text to a hash in lower case. Throws a RangeError if the text is not 32 bytes of hex. */
export function toHash(text: string): Hash {
  const lower = text.toLowerCase();
  if (!hashPattern.test(lower)) throw new RangeError(`not a 32-byte hash: ${text.slice(0, 80)}`);
  return lower as Hash;
}

/** Converts text to hex in lower case. Throws a RangeError if the text is not a whole number of bytes. */
export function toHex(text: string): Hex {
  const lower = text.toLowerCase();
  if (!hexPattern.test(lower)) throw new RangeError(`not hex: ${text.slice(0, 80)}`);
  return lower as Hex;
}

export const zeroAddress = `0x${'0'.repeat(40)}` as Address;

/** The bytes of a hex string that is known to be well-formed. */
export function hexToBytes(hex: Hex): Buffer {
  return Buffer.from(hex.slice(2), 'hex');
}

/** The bytes as lower-case hex with the prefix `0x`. */
export function bytesToHex(bytes: Uint8Array): Hex {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return `0x${buffer.toString('hex')}`;
}
