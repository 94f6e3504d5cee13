import { describe, expect, test } from 'vitest';
import { addToBloom, bloomBitsOf, emptyBloom } from '../../../src/engine/chain/bloom.ts';
import {
  logsFromReceipts,
  verifyBlockLogs,
  verifyHeadersChain,
  verifyReceiptsBloom,
  watchAddresses,
} from '../../../src/engine/chain/completeness.ts';
import { InconsistentAnswerError } from '../../../src/engine/rpc/errors.ts';
import { bytesToHex } from '../../../src/primitives/hex.ts';
import { bloomOfNothing, header, log, numberedAddress, numberedHash } from '../rpc/values.ts';
import type { Hex } from '../../../src/primitives/hex.ts';
import type { RawLog, TransactionReceipt } from '../../../src/engine/rpc/types.ts';

const watched = watchAddresses([numberedAddress(1), numberedAddress(2)]);
const fullBloom: Hex = `0x${'ff'.repeat(256)}`;

function bloomHolding(...values: Hex[]): Hex {
  const bloom = emptyBloom();
  for (const value of values) addToBloom(bloom, bloomBitsOf(value));
  return bytesToHex(bloom);
}

describe('a run of headers', () => {
  const run = [header(5), header(6), header(7)];

  test('headers form a chain if each names the previous one as its parent', () => {
    expect(() => verifyHeadersChain(run)).not.toThrow();
    expect(() => verifyHeadersChain(run, header(4))).not.toThrow();
    expect(() => verifyHeadersChain([], header(4))).not.toThrow();
  });

  test.each([
    ['a gap', [header(5), header(7)], undefined],
    ['a wrong order', [header(6), header(5)], undefined],
    ['another parent', [header(5), header(6, { parentHash: numberedHash(3) })], undefined],
    ['another previous block', run, { number: 4, hash: numberedHash(9) }],
    ['a gap after the previous block', run, header(3)],
  ])('a run of headers is refused for %s', (_, headers, previous) => {
    expect(() => verifyHeadersChain(headers, previous)).toThrow(InconsistentAnswerError);
  });
});

describe('the logs of a block', () => {
  const block = header(5, { logsBloom: bloomHolding(numberedAddress(1)) });

  test('the logs are complete if the bloom excludes the addresses without logs', () => {
    expect(verifyBlockLogs(header(5), [], watched, 'bloom')).toBe('complete');
    expect(verifyBlockLogs(block, [log(block, 0), log(block, 3)], watched, 'bloom')).toBe('complete');
  });

  test('the receipts are needed if the bloom admits an address without logs', () => {
    expect(verifyBlockLogs(block, [], watched, 'bloom')).toBe('needs-receipts');
    const saturated = header(5, { logsBloom: fullBloom });
    expect(verifyBlockLogs(saturated, [log(saturated, 0)], watched, 'bloom')).toBe('needs-receipts');
  });

  test.each(['logs', 'hash', 'receipts'] as const)(
    'the logs are accepted without the bloom at the level %s',
    (level) => {
      expect(verifyBlockLogs(block, [], watched, level)).toBe('complete');
      const noBloom = header(5, { logsBloom: bloomOfNothing });
      expect(verifyBlockLogs(noBloom, [log(noBloom, 0)], watched, level)).toBe('complete');
    },
  );

  const faults: [string, RawLog[]][] = [
    ['a log of another block', [log(header(6), 0)]],
    ['a log of another hash', [log(block, 0, { blockHash: numberedHash(3) })]],
    ['an address that was not requested', [log(block, 0, { address: numberedAddress(3) })]],
    ['a duplicate log', [log(block, 1), log(block, 1)]],
    ['logs out of order', [log(block, 1), log(block, 0)]],
  ];
  test.each(faults)('logs with %s are refused at every level', (_, logs) => {
    for (const level of ['logs', 'hash', 'bloom', 'receipts'] as const) {
      expect(() => verifyBlockLogs(block, logs, watched, level)).toThrow(InconsistentAnswerError);
    }
  });

  test('logs are refused if the bloom lacks their address or a topic', () => {
    expect(() => verifyBlockLogs(header(5), [log(header(5), 0)], watched, 'bloom')).toThrow(
      InconsistentAnswerError,
    );
    const topics = [numberedHash(77)];
    expect(() => verifyBlockLogs(block, [log(block, 0, { topics })], watched, 'bloom')).toThrow(
      expect.objectContaining({ place: expect.objectContaining({ blockNumber: 5, logIndex: 0 }) }),
    );
  });
});

describe('receipts', () => {
  const other = numberedAddress(9);
  const block = header(5, { logsBloom: bloomHolding(numberedAddress(1), numberedAddress(2), other) });
  const receipt = (transactionIndex: number, logs: RawLog[]): TransactionReceipt => {
    const transactionHash = numberedHash(transactionIndex);
    return {
      transactionHash,
      transactionIndex,
      gasUsed: 1n,
      effectiveGasPrice: null,
      status: 'success',
      logs,
      type: 2,
      cumulativeGasUsed: 1n,
      deposit: null,
    };
  };
  const wanted = [log(block, 0), log(block, 2, { address: numberedAddress(2) })];
  const receipts = [
    receipt(0, [...wanted.slice(0, 1), log(block, 1, { address: other })]),
    receipt(1, wanted.slice(1)),
    receipt(2, []),
  ];

  test('the logs of the watched addresses are selected from the receipts', () => {
    expect(logsFromReceipts(receipts, watched)).toEqual(wanted);
  });

  test('exactly all receipts of the block produce the header’s bloom', () => {
    expect(() => verifyReceiptsBloom(block, receipts)).not.toThrow();
    for (const faulty of [receipts.slice(1), receipts.slice(0, 1), []]) {
      expect(() => verifyReceiptsBloom(block, faulty)).toThrow(InconsistentAnswerError);
    }
    const topics = [numberedHash(3)];
    const more = [...receipts, receipt(3, [log(block, 3, { topics })])];
    expect(() => verifyReceiptsBloom(block, more)).toThrow(InconsistentAnswerError);
  });
});
