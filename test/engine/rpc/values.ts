/** Well-formed values for the tests of this folder. */
import * as fc from 'fast-check';
import { bytesToHex, toAddress, toHash } from '../../../src/primitives/hex.ts';
import type { BlockHeader, RawLog } from '../../../src/engine/rpc/types.ts';
import type { Address, Hash, Hex } from '../../../src/primitives/hex.ts';

export function numberedHash(number: number): Hash {
  return toHash(`0x${number.toString(16).padStart(64, '0')}`);
}

export function numberedAddress(number: number): Address {
  return toAddress(`0x${number.toString(16).padStart(40, '0')}`);
}

export const bloomOfNothing: Hex = `0x${'00'.repeat(256)}`;

export function header(number: number, overrides: Partial<BlockHeader> = {}): BlockHeader {
  return {
    number,
    hash: numberedHash(number + 1_000),
    parentHash: numberedHash(number + 999),
    timestamp: BigInt(number),
    logsBloom: bloomOfNothing,
    receiptsRoot: numberedHash(1),
    stateRoot: numberedHash(2),
    ...overrides,
  };
}

export function log(block: BlockHeader, logIndex: number, overrides: Partial<RawLog> = {}): RawLog {
  return {
    blockNumber: block.number,
    blockHash: block.hash,
    transactionHash: numberedHash(7),
    transactionIndex: 0,
    logIndex,
    address: numberedAddress(1),
    topics: [],
    data: '0x',
    ...overrides,
  };
}

export const anyHex = (maximumBytes: number): fc.Arbitrary<Hex> => {
  return fc.uint8Array({ maxLength: maximumBytes }).map(bytesToHex);
};

export const anyHash: fc.Arbitrary<Hash> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => toHash(bytesToHex(bytes)));

export const anyAddress: fc.Arbitrary<Address> = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => toAddress(bytesToHex(bytes)));
