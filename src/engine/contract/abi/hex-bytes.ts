import type { Hex } from '../../../primitives/hex.ts';
import { hexToBytes } from '../../../primitives/hex.ts';
import { DecodeError } from './decode-error.ts';

/** Converts hex to bytes. Throws a DecodeError if it is not hex; Node's own conversion would truncate it silently. */
export function bytesOf(hex: Hex): Buffer {
  const bytes = hexToBytes(hex);
  if (bytes.length * 2 + 2 !== hex.length) throw new DecodeError('not whole bytes of hex', 'abi/not-hex');
  return bytes;
}
