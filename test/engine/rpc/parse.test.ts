import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InconsistentAnswerError, MalformedAnswerError } from '../../../src/engine/rpc/errors.ts';
import {
  parseHeader,
  parseLog,
  parseLogs,
  parseReceipt,
  parseTransaction,
} from '../../../src/engine/rpc/parse.ts';
import { anyAddress, anyHash, anyHex, header, numberedAddress, numberedHash } from './values.ts';
import type { RawLog } from '../../../src/engine/rpc/types.ts';

const anyIndex = fc.nat(Number.MAX_SAFE_INTEGER);

const anyLog: fc.Arbitrary<RawLog> = fc.record({
  blockNumber: anyIndex,
  blockHash: anyHash,
  transactionHash: anyHash,
  transactionIndex: anyIndex,
  logIndex: anyIndex,
  address: anyAddress,
  topics: fc.array(anyHash, { maxLength: 4 }),
  data: anyHex(100),
});

/** A log as a node sends it. */
function written(log: RawLog): Record<string, unknown> {
  const quantity = (value: number): string => `0x${value.toString(16)}`;
  return {
    ...log,
    blockNumber: quantity(log.blockNumber),
    transactionIndex: quantity(log.transactionIndex),
    logIndex: quantity(log.logIndex),
    removed: false,
    blockTimestamp: '0x1',
  };
}

const sample = written({
  blockNumber: 5,
  blockHash: numberedHash(1),
  transactionHash: numberedHash(2),
  transactionIndex: 0,
  logIndex: 1,
  address: numberedAddress(3),
  topics: [numberedHash(4)],
  data: '0x0102',
});

describe('a log', () => {
  test('a log is parsed regardless of the case of its digits', () => {
    fc.assert(
      fc.property(anyLog, fc.boolean(), (log, upper) => {
        const text = JSON.stringify(written(log));
        const shouted = text.replaceAll(/0x[0-9a-f]+/g, (hex) => `0x${hex.slice(2).toUpperCase()}`);
        expect(parseLogs([JSON.parse(upper ? shouted : text)])).toEqual([log]);
      }),
    );
  });

  test('a log with an invalid field is refused, and the error names the field', () => {
    const junk = fc.oneof(
      fc.constantFrom(null, undefined, '', '0x', 'latest', '0x1g', '-0x1', '0x ', true),
      fc.double(),
      fc.string(),
    );
    const fields = fc.constantFrom(
      'blockNumber',
      'blockHash',
      'transactionHash',
      'transactionIndex',
      'logIndex',
      'address',
      'topics',
    );
    fc.assert(
      fc.property(fields, junk, (field, value) => {
        expect(() => parseLog({ ...sample, [field]: value })).toThrow(
          expect.objectContaining({ code: 'chain/malformed-answer', field: `log.${field}` }),
        );
      }),
    );
  });

  test('a log with five topics, half a byte, or a number beyond 2^53 is refused', () => {
    const topics = Array.from({ length: 5 }, () => numberedHash(1));
    for (const change of [{ topics }, { data: '0x123' }, { logIndex: '0x20000000000001' }]) {
      expect(() => parseLog({ ...sample, ...change })).toThrow(MalformedAnswerError);
    }
    expect(() => parseLogs({})).toThrow(MalformedAnswerError);
    expect(() => parseLogs([null])).toThrow(MalformedAnswerError);
  });

  test('a log that a reorg removed is refused', () => {
    expect(() => parseLog({ ...sample, removed: true })).toThrow(InconsistentAnswerError);
  });

  test('a log of five megabytes is parsed', () => {
    const data = `0x${'ab'.repeat(5_000_000)}`;
    expect(parseLog({ ...sample, data }).data).toBe(data);
  });

  test('parsing 100,000 logs takes about half a second', () => {
    const items: unknown = JSON.parse(JSON.stringify(Array.from({ length: 100_000 }, () => sample)));
    const start = process.threadCpuUsage();
    expect(parseLogs(items)).toHaveLength(100_000);
    expect(process.threadCpuUsage(start).user).toBeLessThan(2_000_000);
  });
});

test('a header is parsed, and one without its bloom is refused', () => {
  const expected = header(5);
  const block = { ...expected, number: '0x5', timestamp: '0x5', transactions: [] };
  expect(parseHeader(block)).toEqual(expected);
  expect(() => parseHeader({ ...block, logsBloom: null })).toThrow(
    expect.objectContaining({ field: 'block.logsBloom' }),
  );
  expect(() => parseHeader(null)).toThrow(MalformedAnswerError);
});

test('a receipt is parsed with and without the fields of newer chains', () => {
  const receipt = {
    transactionHash: numberedHash(2),
    transactionIndex: '0x0',
    gasUsed: '0x5208',
    cumulativeGasUsed: '0x5208',
    logs: [sample],
  };
  expect(parseReceipt(receipt)).toMatchObject({ gasUsed: 21_000n, effectiveGasPrice: null, status: null });
  expect(parseReceipt({ ...receipt, effectiveGasPrice: '0x1', status: '0x0' })).toMatchObject({
    effectiveGasPrice: 1n,
    status: 'reverted',
  });
});

test('a transaction is parsed, including a contract creation and a pending one', () => {
  const transaction = {
    hash: numberedHash(2),
    from: numberedAddress(1),
    to: null,
    input: '0x',
    blockHash: null,
  };
  expect(parseTransaction(transaction)).toEqual(transaction);
});
