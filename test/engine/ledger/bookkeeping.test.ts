/** The ledger's small tables: chains, cursors, contracts, quarantine, halted streams, receipts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IndexedContract } from '../../../src/engine/contract/kind.ts';
import { appendBatch } from '../../../src/engine/ledger/blocks.ts';
import { awaitCommand, claimCommand, requestCommand } from '../../../src/engine/leader/command-records.ts';
import {
  haltChain,
  readChain,
  recordChain,
  recordCompleteness,
  updateHead,
} from '../../../src/engine/ledger/chains.ts';
import { addContracts, listContracts } from '../../../src/engine/ledger/contracts.ts';
import { CursorMovedError, moveCursor, readCursor } from '../../../src/engine/ledger/cursors.ts';
import { listHaltedStreams, haltStream, resumeStream } from '../../../src/engine/ledger/halted-writes.ts';
import { addQuarantined, listQuarantined } from '../../../src/engine/ledger/quarantine.ts';
import { appendReceiptFacts, transactionsWithoutReceipts } from '../../../src/engine/ledger/receipts.ts';
import { countUnknownTopics } from '../../../src/engine/ledger/unknown-topics.ts';
import { CannotRunError } from '../../../src/primitives/errors.ts';
import { addressOf, blockHash, blocks, chainId, hashOf, log, reference } from './chain-values.ts';
import { type LedgerDatabase, openLedgerDatabase } from './database.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const identity = { chainId, genesisHash: blockHash(0), completeness: 'bloom' } as const;

describe('a chain', () => {
  it('a chain is recorded once, and refused if its genesis block differs', async () => {
    await database.undone(async (client) => {
      expect(await readChain(client, chainId)).toBeNull();
      expect(await recordChain(client, identity)).toMatchObject({
        ...identity,
        head: null,
        final: null,
        latch: null,
      });
      expect(await recordChain(client, { ...identity, completeness: 'hash' })).toMatchObject(identity);
      await recordCompleteness(client, chainId, 'hash');
      const other = recordChain(client, { ...identity, genesisHash: hashOf('other') });
      await expect(other).rejects.toThrow(CannotRunError);
      expect(await readChain(client, chainId)).toMatchObject({
        genesisHash: blockHash(0),
        completeness: 'hash',
      });
    });
  });

  it('the head of a chain may go back, but its final block may not', async () => {
    await database.undone(async (client) => {
      await recordChain(client, identity);
      await updateHead(client, chainId, { head: reference(9), final: null });
      expect(await readChain(client, chainId)).toMatchObject({ head: reference(9), final: null });
      await updateHead(client, chainId, { head: reference(10), final: reference(0) });
      await updateHead(client, chainId, { head: reference(10), final: reference(6) });
      await updateHead(client, chainId, { head: reference(8), final: reference(4) });
      expect(await readChain(client, chainId)).toMatchObject({ head: reference(8), final: reference(6) });
      await updateHead(client, chainId, { head: reference(11), final: null });
      expect(await readChain(client, chainId)).toMatchObject({ head: reference(11), final: reference(6) });
    });
  });

  it('a halted chain keeps the first reason', async () => {
    await database.undone(async (client) => {
      await recordChain(client, identity);
      expect(await readChain(client, chainId)).toMatchObject({ latch: null });
      await haltChain(client, chainId, 'reorg', { depth: 3 });
      await haltChain(client, chainId, 'another', undefined);
      expect(await readChain(client, chainId)).toMatchObject({
        latch: { reason: 'reorg', detail: { depth: 3 } },
      });
    });
  });
});

describe('a cursor', () => {
  const ingest = { chainId, stream: 'ingest', epoch: 1 } as const;

  it('a cursor moves only from its current position, and never under an older epoch', async () => {
    await database.undone(async (client) => {
      expect(await readCursor(client, chainId, 'ingest')).toBeNull();
      await moveCursor(client, { ...ingest, from: null, to: reference(4) });
      await moveCursor(client, { ...ingest, epoch: 2, from: reference(4), to: reference(9) });
      expect(await readCursor(client, chainId, 'ingest')).toEqual(reference(9));
      expect(await readCursor(client, chainId, 'projection')).toBeNull();
      const stale = [
        { ...ingest, epoch: 2, from: null, to: reference(5) },
        { ...ingest, epoch: 2, from: reference(4), to: reference(5) },
        { ...ingest, epoch: 2, from: { number: 9, hash: hashOf('other') }, to: reference(10) },
        { ...ingest, epoch: 1, from: reference(9), to: reference(10) },
      ];
      for (const move of stale) await expect(moveCursor(client, move)).rejects.toThrow(CursorMovedError);
      expect(await readCursor(client, chainId, 'ingest')).toEqual(reference(9));
    });
  });
});

describe('contracts', () => {
  const factory: IndexedContract = {
    chainId,
    address: addressOf('factory'),
    kind: 'NFTFactory',
    startBlock: 3,
    factory: null,
    registry: null,
  };
  const child: IndexedContract = {
    chainId,
    address: addressOf('child'),
    kind: 'NFTCertificate',
    startBlock: 7,
    factory: factory.address,
    registry: addressOf('registry'),
  };

  it('contracts are added once and listed unchanged', async () => {
    await database.undone(async (client) => {
      const configured = { ...factory, source: 'configuration' } as const;
      const found = {
        ...child,
        source: 'factory',
        createdBlockHash: blockHash(7),
        createdLogIndex: 2,
      } as const;
      expect(await addContracts(client, [configured])).toEqual([configured]);
      expect(await addContracts(client, [found, { ...configured, startBlock: 0 }])).toEqual([found]);
      expect(await addContracts(client, [])).toEqual([]);
      expect(await listContracts(client, chainId)).toEqual([factory, child]);
      expect(await listContracts(client, 1)).toEqual([]);
    });
  });
});

describe('the quarantine', () => {
  const failure = (logIndex: number, message: string) =>
    ({
      log: log(3, logIndex),
      eventName: 'CheckpointAdded',
      stage: 'fold',
      area: 'products',
      error: new RangeError(message),
    }) as const;

  it('the quarantine stores every log once with its newest reason, for any text of a contract', async () => {
    await database.undone(async (client) => {
      await addQuarantined(client, chainId, []);
      await addQuarantined(client, chainId, [
        failure(1, 'old'),
        failure(0, `NUL \0, a lone \ud800, ${'x'.repeat(9_999)}`),
      ]);
      const undecoded = { ...failure(1, 'new'), stage: 'decode', area: null, eventName: null } as const;
      await addQuarantined(client, chainId, [undecoded]);
      const entries = await listQuarantined(client, chainId, 10);
      expect(entries).toMatchObject([
        {
          blockNumber: 3,
          logIndex: 0,
          area: 'products',
          stage: 'fold',
          errorCode: 'RangeError',
          eventName: 'CheckpointAdded',
        },
        { blockNumber: 3, logIndex: 1, area: null, stage: 'decode', reason: 'new', eventName: null },
      ]);
      expect(entries[0]?.reason.startsWith('NUL \u{FFFD}, a lone \u{FFFD}, xxx')).toBe(true);
    });
  });

  it('unknown topics are counted by contract and topic', async () => {
    await database.undone(async (client) => {
      const unknown = [log(5, 0), log(3, 0), log(4, 0, { topics: [] }), log(4, 1)].map((one) => ({
        log: one,
      }));
      await countUnknownTopics(client, chainId, unknown);
      await countUnknownTopics(client, chainId, [{ log: log(9, 0) }]);
      const { rows } = await client.query(
        `select encode(topic0, 'hex') as topic, count::int, first_block::int, last_block::int
         from ledger.unknown_topics order by count`,
      );
      expect(rows).toEqual([
        { topic: '', count: 1, first_block: 4, last_block: 4 },
        { topic: hashOf('Transfer').slice(2), count: 4, first_block: 3, last_block: 9 },
      ]);
    });
  });
});

describe('a halted stream', () => {
  it('a halted stream counts its attempts until it is resumed', async () => {
    await database.undone(async (client) => {
      const work = {
        chainId,
        stream: 'projection',
        blockNumber: 8,
        errorCode: '23505',
        error: 'refused: \0',
      } as const;
      await haltStream(client, work);
      await haltStream(client, { ...work, blockHash: blockHash(8), logIndex: 2 });
      expect(await listHaltedStreams(client, chainId)).toMatchObject([
        { ...work, error: 'refused: \u{FFFD}', blockHash: blockHash(8), logIndex: 2, attempts: 2 },
      ]);
      expect(await resumeStream(client, chainId, 'projection')).toBe(true);
      expect(await resumeStream(client, chainId, 'projection')).toBe(false);
      expect(await listHaltedStreams(client, chainId)).toEqual([]);
    });
  });
});

describe('receipts', () => {
  it('missing receipts are listed in whole blocks, once per transaction, only for the given contracts', async () => {
    await database.undone(async (client) => {
      const appended = blocks({ from: 0, to: 5 }, () => 4);
      const others = appended.blocks.map((one) =>
        one.header.number === 3
          ? { ...one, logs: one.logs.map((each) => ({ ...each, address: addressOf('other') })) }
          : one,
      );
      await appendBatch(client, { ...appended, blocks: others });
      const bounds = { contracts: [addressOf('token')], after: 0, upTo: 4, limit: 3 };
      const transactions = (number: number) => [
        hashOf(`transaction ${number} 0`),
        hashOf(`transaction ${number} 1`),
      ];
      const missing = await transactionsWithoutReceipts(client, chainId, bounds);
      expect(missing.map(({ block }) => block)).toEqual([reference(1), reference(2)]);
      for (const { block, transactionHashes } of missing)
        expect(transactionHashes.toSorted()).toEqual(transactions(block.number).toSorted());
      const facts = missing.flatMap(({ block, transactionHashes }) =>
        transactionHashes.map((transactionHash) => ({
          block,
          transactionHash,
          gasUsed: 21_000n,
          effectiveGasPrice: null,
        })),
      );
      await appendReceiptFacts(client, chainId, facts);
      await appendReceiptFacts(client, chainId, facts);
      const rest = await transactionsWithoutReceipts(client, chainId, bounds);
      expect(rest.map(({ block }) => block)).toEqual([reference(4)]);
    });
  });
});

describe('a command', () => {
  it('a command can be claimed while its command line records that it is waiting', async () => {
    const asked = { chainId, name: 'replay', input: {}, requestedBy: 'a test' };
    const id = await database.transaction(async (client) => await requestCommand(client, asked));
    const waiting = Promise.withResolvers<void>();
    const claimed = await database.transaction(async (person) => {
      await awaitCommand(person, id);
      const claiming = database.transaction(async (leader) => {
        waiting.resolve();
        return await claimCommand(leader, { chainId, epoch: 1 });
      });
      await waiting.promise;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { claiming };
    });
    expect(await claimed.claiming).toMatchObject({ id });
  });
});
