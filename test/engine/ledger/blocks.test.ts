/** Appended data is read back unchanged, in whole blocks, for any division into batches. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadRequest, ReadResult } from '../../../src/engine/rpc/types.ts';
import { requestKey } from '../../../src/engine/ledger/batch.ts';
import { appendBatch, canonicalBlock, recentHeaders } from '../../../src/engine/ledger/blocks.ts';
import { endOfRun } from '../../../src/engine/ledger/final-blocks.ts';
import { type BatchBounds, loadBatch } from '../../../src/engine/ledger/load-batch.ts';
import { InvariantError } from '../../../src/primitives/errors.ts';
import { toHex } from '../../../src/primitives/hex.ts';
import {
  addressOf,
  block,
  blockHash,
  blocks,
  chainId,
  hashOf,
  header,
  log,
  reference,
} from './chain-values.ts';
import { type LedgerDatabase, openLedgerDatabase } from './database.ts';
import { runs } from '../../support/runs.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const everything = { chainId, after: -1, maximumLogs: 1_000_000, maximumBlocks: 1_000_000 };

it('a run of blocks ends at the log limit, and consists of one block if that alone exceeds it', async () => {
  const logCounts = [5, 0, 3, 20, 0];
  const ends = await database.undone(async (client) => {
    await appendBatch(
      client,
      blocks({ from: 0, to: 4 }, (number) => logCounts[number] ?? 0),
    );
    const found: (number | null)[] = [];
    for (const from of [0, 1, 3, 4, 5])
      found.push((await endOfRun(client, chainId, { from, to: 9 }, 8))?.number ?? null);
    found.push((await endOfRun(client, chainId, { from: 0, to: 1 }, 8))?.number ?? null);
    return found;
  });
  expect(ends).toEqual([2, 2, 3, 4, null, 1]);
});

describe('appending and loading', () => {
  it('every log is stored exactly, for any number of topics and bytes', async () => {
    const logs = [
      log(0, 0, { topics: [], data: '0x' }),
      log(0, 1, { topics: [hashOf('a')], data: '0x00' }),
      log(0, 2, {
        topics: [hashOf('a'), hashOf('b'), hashOf('c'), hashOf('d')],
        data: toHex(`0x${'5c0a09'.repeat(9)}`),
      }),
      log(0, 3, { data: toHex(`0x${'00ff'.repeat(500_000)}`) }),
    ];
    const batch = await database.undone(async (client) => {
      await appendBatch(client, {
        ...blocks({ from: 0, to: 0 }, () => 0),
        blocks: [{ ...block(0, 0), logs }],
      });
      return loadBatch(client, { ...everything, upTo: 0 });
    });
    expect(batch?.blocks).toEqual([{ number: 0, hash: blockHash(0), timestamp: 1_700_000_000n, logs }]);
  });

  it('every result of a read is stored, and each read of a block once', async () => {
    const call = (target: string): ReadRequest => ({
      kind: 'call',
      target: addressOf(target),
      calldata: '0x01',
    });
    const answers: readonly (readonly [ReadRequest, ReadResult])[] = [
      [call('empty'), { status: 'ok', data: '0x' }],
      [call('answered'), { status: 'ok', data: toHex(`0x${'0a'.repeat(64)}`) }],
      [call('reverted'), { status: 'reverted', data: '0x08c379a0' }],
      [call('oversized'), { status: 'oversized', bytes: 5_000_000_000 }],
      [call('pruned'), { status: 'unavailable' }],
      [
        { kind: 'transaction', transactionHash: hashOf('t') },
        { status: 'ok', data: '0xabcdef' },
      ],
    ];
    const reads = answers.map(([request, result]) => ({ block: reference(2), request, result }));
    const batch = await database.undone(async (client) => {
      await appendBatch(client, { ...blocks({ from: 0, to: 2 }, () => 1), reads: [...reads, ...reads] });
      return loadBatch(client, { ...everything, upTo: 2 });
    });
    const expected = new Map(answers.map(([request, result]) => [requestKey(request), result]));
    expect(batch?.reads).toEqual(new Map([[blockHash(2), expected]]));
  });

  it('logs are taken from memory if it has all of them, and otherwise from the ledger', async () => {
    const inMemory = [block(0, 2), block(1, 1)].map(({ header: { hash }, logs }) => [
      hash,
      logs.map((one) => ({ ...one, data: toHex('0xaa') })),
    ]) as [string, ReturnType<typeof log>[]][];
    const dataOf = async (known: ReadonlyMap<string, ReturnType<typeof log>[]>) => {
      const batch = await database.undone(async (client) => {
        await appendBatch(
          client,
          blocks({ from: 0, to: 1 }, (number) => 2 - number),
        );
        return await loadBatch(client, { ...everything, upTo: 1 }, (hash) => known.get(hash));
      });
      return new Set(batch?.blocks.flatMap(({ logs }) => logs.map(({ data }) => data)));
    };
    expect(await dataOf(new Map(inMemory))).toEqual(new Set(['0xaa']));
    expect(await dataOf(new Map(inMemory.slice(0, 1)))).not.toContain('0xaa');
    // The backfill of an added contract has added a log to this block.
    const [first, second] = inMemory;
    const short = new Map([first, second].filter((one) => one !== undefined));
    short.set(blockHash(0), short.get(blockHash(0))?.slice(1) ?? []);
    expect(await dataOf(short)).not.toContain('0xaa');
  });

  it('logs of orphaned blocks are excluded', async () => {
    const batch = await database.undone(async (client) => {
      await appendBatch(
        client,
        blocks({ from: 0, to: 1 }, () => 2),
      );
      await client.query('update ledger.blocks set is_canonical = false where number = 1');
      const orphaned = { ...log(1, 0), blockHash: blockHash(1, 'b') };
      await appendBatch(client, {
        ...blocks({ from: 1, to: 1 }, () => 0),
        blocks: [{ header: header(1, 'b'), logs: [orphaned] }],
      });
      return loadBatch(client, { ...everything, upTo: 1 });
    });
    expect(batch?.to).toEqual({ number: 1, hash: blockHash(1, 'b') });
    expect(batch?.blocks.map(({ hash, logs }) => [hash, logs.length])).toEqual([
      [blockHash(0), 2],
      [blockHash(1, 'b'), 1],
    ]);
  });

  it('the last block is named even if empty blocks were not fetched', async () => {
    const batch = await database.undone(async (client) => {
      await appendBatch(client, {
        ...blocks({ from: 0, to: 0 }, () => 0),
        range: { from: 0, to: 9_999 },
        completeness: 'logs',
        blocks: [block(17, 1), block(9_999, 0)],
      });
      return loadBatch(client, { ...everything, upTo: 9_999 });
    });
    expect(batch).toMatchObject({ from: 0, to: reference(9_999) });
    expect(batch?.blocks.map(({ number }) => number)).toEqual([17]);
  });

  it('blocks out of order, logs of another block, and a range without its last header are refused', async () => {
    const good = blocks({ from: 5, to: 6 }, () => 1);
    const faulty = [
      { ...good, blocks: good.blocks.toReversed() },
      { ...good, blocks: good.blocks.slice(0, 1) },
      { ...good, blocks: [block(5, 0), { ...block(6, 0), logs: [log(5, 0)] }] },
    ];
    for (const batch of faulty) {
      await expect(database.undone((client) => appendBatch(client, batch))).rejects.toThrow(InvariantError);
    }
  });

  it('headers and counts are found by canonical block number', async () => {
    await database.undone(async (client) => {
      await appendBatch(
        client,
        blocks({ from: 0, to: 4 }, (number) => number),
      );
      expect(await recentHeaders(client, chainId, 3)).toEqual([
        { number: 3, hash: blockHash(3), parentHash: blockHash(2) },
        { number: 4, hash: blockHash(4), parentHash: blockHash(3) },
      ]);
      expect(await canonicalBlock(client, chainId, 2)).toMatchObject(reference(2));
      expect(await canonicalBlock(client, chainId, 5)).toBeNull();
    });
  });
});

describe('coverage', () => {
  it('coverage merges with an adjacent range of the same level', async () => {
    const coverage = await database.undone(async (client) => {
      await appendBatch(
        client,
        blocks({ from: 0, to: 4 }, () => 0),
      );
      await appendBatch(
        client,
        blocks({ from: 5, to: 9 }, () => 0),
      );
      await appendBatch(client, { ...blocks({ from: 10, to: 10 }, () => 0), completeness: 'hash' });
      await appendBatch(client, { ...blocks({ from: 12, to: 13 }, () => 0), completeness: 'hash' });
      const { rows } = await client.query(
        'select from_block::int, to_block::int, completeness from ledger.coverage order by 1',
      );
      return rows;
    });
    expect(coverage).toEqual([
      { from_block: 0, to_block: 9, completeness: 'bloom' },
      { from_block: 10, to_block: 10, completeness: 'hash' },
      { from_block: 12, to_block: 13, completeness: 'hash' },
    ]);
  });
});

describe('batches', () => {
  it('batches are whole blocks in order, each once and within the limits, for any chain', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 10 }),
      async (logCounts, maximumLogs, maximumBlocks) => {
        const upTo = logCounts.length - 1;
        await database.undone(async (client) => {
          await appendBatch(
            client,
            blocks({ from: 0, to: upTo }, (number) => logCounts[number] ?? 0),
          );
          const seen: number[] = [];
          let bounds: BatchBounds = { chainId, after: -1, upTo, maximumLogs, maximumBlocks };
          for (;;) {
            const batch = await loadBatch(client, bounds);
            if (batch === null) break;
            expect(batch.from).toBe(bounds.after + 1);
            const covered = batch.to.number - bounds.after;
            const logs = batch.blocks.flatMap((one) => one.logs);
            expect(covered).toBeLessThanOrEqual(maximumBlocks);
            expect(logs.length <= maximumLogs || covered === 1).toBe(true);
            for (const { number, logs: own } of batch.blocks) {
              expect(own.map(({ logIndex }) => logIndex)).toEqual(own.map((_, index) => index));
              expect(own).toHaveLength(logCounts[number] ?? 0);
              seen.push(number);
            }
            bounds = { ...bounds, after: batch.to.number };
          }
          expect(bounds.after).toBe(upTo);
          expect(seen).toEqual(logCounts.flatMap((count, number) => (count > 0 ? [number] : [])));
        });
      },
    );
    await fc.assert(property, { numRuns: runs(40, 400) });
  });

  it('loading reports a cursor beyond the ledger, and a block that lost logs', async () => {
    await database.undone(async (client) => {
      await appendBatch(
        client,
        blocks({ from: 0, to: 2 }, () => 2),
      );
      await expect(loadBatch(client, { ...everything, after: 2, upTo: 3 })).rejects.toThrow(InvariantError);
      await client.query(`set local tracechain.maintenance = 'on'`);
      await client.query('delete from ledger.logs where block_number = 1 and log_index = 0');
      await expect(loadBatch(client, { ...everything, upTo: 2 })).rejects.toThrow('1 of the block');
    });
  });
});
