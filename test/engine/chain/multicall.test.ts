import * as fc from 'fast-check';
import { decodeFunctionData, encodeFunctionResult, parseAbi } from 'viem';
import { expect, test } from 'vitest';
import { MalformedAnswerError } from '../../../src/engine/rpc/errors.ts';
import { decodeAggregate, encodeAggregate } from '../../../src/engine/chain/multicall.ts';
import { anyAddress, anyHex } from '../rpc/values.ts';
import type { Hex } from '../../../src/primitives/hex.ts';

const abi = parseAbi([
  'struct Call3 { address target; bool allowFailure; bytes callData; }',
  'struct Result { bool success; bytes returnData; }',
  'function aggregate3(Call3[] calls) payable returns (Result[] results)',
]);

test('viem decodes encoded calls', () => {
  const calls = fc.array(fc.record({ target: anyAddress, calldata: anyHex(80) }), { maxLength: 8 });
  fc.assert(
    fc.property(calls, (given) => {
      const { args } = decodeFunctionData({ abi, data: encodeAggregate(given) });
      const decoded = args[0].map(({ target, allowFailure, callData }) => {
        return { target: target.toLowerCase(), allowFailure, calldata: callData };
      });
      expect(decoded).toEqual(given.map((call) => ({ ...call, allowFailure: true })));
    }),
  );
});

const anyOutcomes = fc.array(fc.record({ success: fc.boolean(), returnData: anyHex(80) }), { maxLength: 8 });

test('outcomes encoded by viem are decoded', () => {
  fc.assert(
    fc.property(anyOutcomes, (outcomes) => {
      const data = encodeFunctionResult({ abi, functionName: 'aggregate3', result: outcomes });
      expect(decodeAggregate(data, outcomes.length)).toEqual(outcomes);
    }),
  );
});

test('truncated data and data with another number of outcomes is refused', () => {
  fc.assert(
    fc.property(anyOutcomes, fc.nat(200), (outcomes, kept) => {
      const data = encodeFunctionResult({ abi, functionName: 'aggregate3', result: outcomes });
      expect(() => decodeAggregate(data, outcomes.length + 1)).toThrow(MalformedAnswerError);
      const length = Math.min(kept, 63);
      expect(() => decodeAggregate(`0x${data.slice(2, 2 + length * 2)}`, outcomes.length)).toThrow(
        MalformedAnswerError,
      );
    }),
  );
});

test('arbitrary data is either refused or yields one outcome per call', () => {
  fc.assert(
    fc.property(anyHex(400), fc.nat(4), (data, count) => {
      expect([count, 'refused']).toContain(outcomeCount(data, count));
    }),
  );
});

function outcomeCount(data: Hex, count: number): number | 'refused' {
  try {
    return decodeAggregate(data, count).length;
  } catch (error) {
    if (!(error instanceof MalformedAnswerError)) throw error;
    return 'refused';
  }
}
