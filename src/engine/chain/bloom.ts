/** The logs bloom of a header (Yellow Paper, 4.3.1): 2,048 bits. Each log's address and each of its topics sets three of them. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { hexToBytes } from '../../primitives/hex.ts';
import type { Hex } from '../../primitives/hex.ts';

/** The three bits of one address or topic, precomputed as three pairs of a byte index and a mask. */
export type BloomBits = readonly [number, number, number, number, number, number];

const bloomBytes = 256;
const bitOfElevenBits = 0x7ff;

/** The bits that an address or a topic sets. */
export function bloomBitsOf(value: Hex): BloomBits {
  const digest = keccak_256(hexToBytes(value));
  const first = bitPosition(digest, 0);
  const second = bitPosition(digest, 2);
  const third = bitPosition(digest, 4);
  return [byteOf(first), maskOf(first), byteOf(second), maskOf(second), byteOf(third), maskOf(third)];
}

/** False proves that the bloom contains no value with these bits. True means that it may contain one. */
export function bloomMayContain(bloom: Uint8Array, bits: BloomBits): boolean {
  return (
    ((bloom[bits[0]] ?? 0) & bits[1]) !== 0 &&
    ((bloom[bits[2]] ?? 0) & bits[3]) !== 0 &&
    ((bloom[bits[4]] ?? 0) & bits[5]) !== 0
  );
}

/** Converts a header's bloom to its 256 bytes. */
export function bloomOf(logsBloom: Hex): Uint8Array {
  return hexToBytes(logsBloom);
}

/** Sets the bits in the bloom, in place. */
export function addToBloom(bloom: Uint8Array, bits: BloomBits): void {
  const [first, firstMask, second, secondMask, third, thirdMask] = bits;
  bloom[first] = (bloom[first] ?? 0) | firstMask;
  bloom[second] = (bloom[second] ?? 0) | secondMask;
  bloom[third] = (bloom[third] ?? 0) | thirdMask;
}

/** A bloom without any bits. */
export function emptyBloom(): Uint8Array {
  return new Uint8Array(bloomBytes);
}

function bitPosition(digest: Uint8Array, offset: number): number {
  return (((digest[offset] ?? 0) << 8) | (digest[offset + 1] ?? 0)) & bitOfElevenBits;
}

/** Bit 0 is the lowest bit of the last byte. */
function byteOf(position: number): number {
  return bloomBytes - 1 - (position >> 3);
}

function maskOf(position: number): number {
  return 1 << (position & 7);
}
