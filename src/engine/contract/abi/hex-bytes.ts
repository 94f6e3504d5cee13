import type { Hex } from '../../../primitives/hex.ts';
import { hexToBytes } from '../../../primitives/hex.ts';
import { DecodeError } from './decode-error.ts';

/** The bytes of hex; a DecodeError where it isn't hex, which Node's own conversion would cut short silently. */
export function bytesOf(hex: Hex): Buffer {
  const bytes = hexToBytes(hex);
  if (bytes.length * 2 + 2 !== hex.length) throw new DecodeError('not whole bytes of hex', 'abi/not-hex');
  return bytes;
}
