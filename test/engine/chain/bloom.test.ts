import { keccak_256 } from '@noble/hashes/sha3.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addToBloom, bloomBitsOf, bloomMayContain, emptyBloom } from '../../../src/engine/chain/bloom.ts';
import { bytesToHex } from '../../../src/primitives/hex.ts';
import { anyAddress, anyHash, numberedAddress } from '../rpc/values.ts';
import type { Hex } from '../../../src/primitives/hex.ts';

function bloomWith(values: readonly Hex[]): Uint8Array {
  const bloom = emptyBloom();
  for (const value of values) addToBloom(bloom, bloomBitsOf(value));
  return bloom;
}

describe('the logs bloom', () => {
  test('the computed logs bloom equals geth’s', () => {
    // go-ethereum, core/types/bloom9_test.go, TestBloomExtensively
    const values = Array.from({ length: 100 }, (_, index) => {
      return bytesToHex(Buffer.from(`xxxxxxxxxx data ${index} yyyyyyyyyyyyyy`));
    });
    const digest = bytesToHex(keccak_256(bloomWith(values)));
    expect(digest).toBe('0xc8d3ca65cdb4874300a9e39475508f23ed6da09fdbc487f89a2dcf50b09eb263');
  });

  test('the logs bloom admits all values that it contains', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyAddress, anyHash), { maxLength: 50 }), (values) => {
        const bloom = bloomWith(values);
        expect(values.every((value) => bloomMayContain(bloom, bloomBitsOf(value)))).toBe(true);
      }),
    );
  });

  test('an empty bloom excludes all values, and a full one none', () => {
    const bits = bloomBitsOf(numberedAddress(1));
    expect(bloomMayContain(new Uint8Array(256), bits)).toBe(false);
    expect(bloomMayContain(new Uint8Array(256).fill(0xff), bits)).toBe(true);
  });

  test('checking 2,000 headers for 300 addresses takes well under a second', () => {
    const bloom = bloomWith(Array.from({ length: 300 }, (_, index) => numberedAddress(index)));
    const watched = Array.from({ length: 300 }, (_, index) => bloomBitsOf(numberedAddress(index + 10_000)));
    const start = process.threadCpuUsage();
    let admitted = 0;
    for (let block = 0; block < 2_000; block += 1) {
      for (const bits of watched) if (bloomMayContain(bloom, bits)) admitted += 1;
    }
    expect(admitted).toBeLessThan(600_000);
    expect(process.threadCpuUsage(start).user).toBeLessThan(1_000_000);
  });
});
