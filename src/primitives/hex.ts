/**
 * Hex strings as a node writes them, branded so that an address is never taken for a hash.
 *
 * Everything is lower-case: the database compares text byte by byte, so there is exactly one spelling of an address.
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

/** Throws a RangeError when the text isn't 20 bytes of hex; the case doesn't matter. */
export function toAddress(text: string): Address {
  const lower = text.toLowerCase();
  if (!addressPattern.test(lower)) throw new RangeError(`not an address: ${text.slice(0, 80)}`);
  return lower as Address;
}

/** Whether the text is an address as this code base spells one. */
export function isAddress(text: string): text is Address {
  return addressPattern.test(text);
}

/** Throws a RangeError when the text isn't 32 bytes of hex; the case doesn't matter. */
export function toHash(text: string): Hash {
  const lower = text.toLowerCase();
  if (!hashPattern.test(lower)) throw new RangeError(`not a 32-byte hash: ${text.slice(0, 80)}`);
  return lower as Hash;
}

/** Throws a RangeError when the text isn't whole bytes of hex; the case doesn't matter. */
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

export function bytesToHex(bytes: Uint8Array): Hex {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return `0x${buffer.toString('hex')}`;
}
