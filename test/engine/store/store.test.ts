/** Lookups, confirmation, links, receipt facts, and the rows that the application also inserts. */
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addContracts } from '../../../src/engine/ledger/contracts.ts';
import { listQuarantined } from '../../../src/engine/ledger/quarantine.ts';
import { appendReceiptFacts } from '../../../src/engine/ledger/receipts.ts';
import { type Address, zeroAddress } from '../../../src/primitives/hex.ts';
import { entityId, standardId, userId } from '../../../src/primitives/ids.ts';
import type { BatchEffect } from '../../../src/engine/projection/fold.ts';
import { lookup, type Lookup, type LookupKey } from '../../../src/engine/projection/lookup.ts';
import { lookupText } from '../../../src/engine/projection/lookup.ts';
import { BatchRows } from '../../../src/engine/projection/rows.ts';
import { confirmFinal, linkBatch, fillReceiptFacts } from '../../../src/engine/store/derived-columns.ts';
import { productLinks } from '../../../src/tracechain/products/links.ts';
import { loadRows } from '../../../src/engine/store/load.ts';
import { saveEffect } from '../../../src/engine/store/save.ts';
import { addressOf, chainId, hashOf, log } from '../ledger/chain-values.ts';
import { type LedgerDatabase, openLedgerDatabase } from '../ledger/database.ts';
import { effectOf, eventOf } from './world.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const nothingWanted = { rows: new Map(), lookups: new Map() };

/** The effect of one event of `contract`, folded over no rows. */
function effect(contract: Address, blockNumber: number, apply: (rows: BatchRows) => void): BatchEffect {
  const rows = new BatchRows([]);
  const event = eventOf(blockNumber, 0, 0);
  rows.during({ ...event, log: { ...event.log, address: contract } }, () => {
    apply(rows);
  });
  return effectOf(rows);
}

const idOf = (table: string, number: number) =>
  entityId({ chainId, contract: zeroAddress, table, number: BigInt(number) });

/** Accrued points, which need no parents. */
function accrue(rows: BatchRows, number: number, wallet: Address, isClaimed: boolean): void {
  rows.insert('tracePoints', idOf('points', number), {
    userId: rows.user(wallet),
    points: BigInt(number),
    pointsType: 'quality, "\\',
    isClaimed,
    claimedAt: null,
    metadata: null,
  });
}

describe('a lookup', () => {
  const open = lookup('tracePoints', ['smartContractAddress', 'userId'], { isClaimed: false });
  const ofAmount = lookup('tracePoints', ['points', 'pointsType']);
  const wanted = (question: Lookup, ...keys: LookupKey[]) => ({
    rows: new Map(),
    lookups: new Map(keys.map((key) => [lookupText(question, key), { question, key }])),
  });

  it('a lookup loads the matching rows, each once, in one query for all keys', async () => {
    await database.undone(async (client) => {
      const saved = effect(addressOf('rewards'), 5, (rows) => {
        for (const [number, wallet] of ['ann', 'ann', 'bob', 'carol'].entries())
          accrue(rows, number, addressOf(wallet), number === 1);
      });
      await saveEffect(client, { chainId, effect: saved, final: null });
      const loadedNumbers = async (wants: Parameters<typeof loadRows>[1], chain = chainId) =>
        (await loadRows(client, wants, chain))
          .map(({ row }) => Number(row['points']))
          .toSorted((left, right) => left - right);
      const keysOf = (...wallets: string[]): LookupKey[] =>
        wallets.map((wallet) => [addressOf('rewards'), userId(addressOf(wallet))]);
      const openLookup = open as unknown as Lookup;
      expect(await loadedNumbers(wanted(openLookup, ...keysOf('ann', 'bob')))).toEqual([0, 2]);
      expect(await loadedNumbers(wanted(openLookup, ...keysOf('dave')))).toEqual([]);
      expect(await loadedNumbers(wanted(openLookup, ...keysOf('ann')), 1)).toEqual([]);
      const both = {
        ...wanted(openLookup, ...keysOf('ann', 'carol')),
        rows: new Map([['tracePoints', new Set([idOf('points', 0), idOf('points', 1)])]] as const),
      };
      expect(await loadedNumbers(both)).toEqual([0, 1, 3]);
      const byAmount = wanted(ofAmount, [2n, 'quality, "\\'], [3n, 'other']);
      expect(await loadedNumbers(byAmount)).toEqual([2]);
    });
  });
});

describe('users and standards', () => {
  it('users and standards are inserted if missing, and unchanged if the application inserted them', async () => {
    await database.undone(async (client) => {
      await client.query(`insert into users (wallet_address, user_tier) values ($1, 'premium')`, [
        addressOf('ann'),
      ]);
      await client.query(
        `insert into compliance_standards (standard_code, standard_name) values ('iso-9001', 'Quality')`,
      );
      const saved = effect(addressOf('registry'), 7, (rows) => {
        for (const wallet of ['ann', 'bob']) rows.user(addressOf(wallet));
        for (const spelling of ['ISO 9001', 'GDP.7', 'gdp 7']) rows.standard(spelling);
      });
      await saveEffect(client, { chainId, effect: saved, final: null });
      await saveEffect(client, { chainId, effect: saved, final: null });
      const users = await client.query(
        'select id, user_tier, created_at = to_timestamp(84) as at_block from users order by user_tier',
      );
      expect(users.rows).toEqual([
        { id: userId(addressOf('bob')), user_tier: 'free', at_block: true },
        { id: userId(addressOf('ann')), user_tier: 'premium', at_block: false },
      ]);
      const standards = await client.query(
        'select id, standard_name from compliance_standards order by standard_code',
      );
      expect(standards.rows).toEqual([
        { id: standardId('gdp7'), standard_name: 'GDP.7' },
        { id: standardId('ISO9001'), standard_name: 'Quality' },
      ]);
    });
  });
});

describe('movements', () => {
  const transfer = (rows: BatchRows, number: number) =>
    rows.insert('traceTokenTransactions', idOf('transfer', number), {
      userId: rows.user(addressOf('ann')),
      transactionType: 'transfer',
      amount: BigInt(number),
      fromAddress: addressOf('bob'),
      toAddress: addressOf('ann'),
      metadata: null,
    });
  const saveTransfers = async (client: PoolClient, blockNumber: number, final: number | null) => {
    const saved = effect(addressOf('token'), blockNumber, (rows) => {
      for (const number of [0, 1, 2]) transfer(rows, blockNumber * 10 + number);
    });
    await saveEffect(client, { chainId, effect: saved, final });
  };
  const confirmedBlocks = async (client: PoolClient) => {
    const { rows } = await client.query<{ blocks: number[] }>(
      `select coalesce(array_agg(distinct block_number::int order by block_number::int), '{}') as blocks
       from trace_token_transactions where status = 'confirmed' and confirmed_at is not null`,
    );
    return rows[0]?.blocks;
  };

  it('movements are confirmed immediately in final blocks, and later in bounded steps', async () => {
    await database.undone(async (client) => {
      await saveTransfers(client, 1, null);
      expect(await confirmedBlocks(client)).toEqual([]);
      for (const block of [2, 3, 4]) await saveTransfers(client, block, 2);
      expect(await confirmedBlocks(client)).toEqual([2]);
      expect(await confirmFinal(client, 1, 3, 4)).toBe(0);
      expect(await confirmFinal(client, chainId, 3, 4)).toBe(4);
      expect(await confirmFinal(client, chainId, 3, 4)).toBe(2);
      expect(await confirmFinal(client, chainId, 3, 4)).toBe(0);
      expect(await confirmedBlocks(client)).toEqual([1, 2, 3]);
    });
  });

  it('movements get the facts of receipts of their own block only', async () => {
    await database.undone(async (client) => {
      await saveTransfers(client, 1, null);
      const { blockHash, transactionHash } = log(1, 0);
      const facts = { transactionHash, gasUsed: 21_000n, effectiveGasPrice: 2n ** 200n };
      const orphaned = { ...facts, gasUsed: 1n, block: { number: 1, hash: hashOf('orphaned') } };
      await appendReceiptFacts(client, chainId, [
        { ...facts, block: { number: 1, hash: blockHash } },
        orphaned,
      ]);
      expect(await fillReceiptFacts(client, chainId, [transactionHash, hashOf('none')])).toBe(3);
      expect(await fillReceiptFacts(client, chainId, [transactionHash])).toBe(0);
      const { rows } = await client.query(
        'select distinct gas_used, gas_price from trace_token_transactions',
      );
      expect(rows).toEqual([{ gas_used: '21000', gas_price: String(2n ** 200n) }]);
    });
  });
});

describe('links to products', () => {
  const product = (number: number) =>
    effect(addressOf('registry'), 8, (rows) => {
      rows.insert('products', idOf('product', number), {
        productId: BigInt(number),
        productName: null,
        productType: null,
        productTypeText: null,
        manufacturerId: null,
        batchNumber: null,
        batchNumberDigest: null,
        manufactureDate: null,
        expiryDate: null,
        rawMaterials: null,
        isActive: true,
        metadataUri: null,
        deactivatedAt: null,
        deactivatedBy: null,
        latestCheckpointIndex: null,
      });
    });
  const certificates = (contract: string, tokens: readonly number[], productNumber: number) =>
    effect(addressOf(contract), 9, (rows) => {
      for (const token of tokens) {
        rows.insert('nftCertificates', idOf(contract, token), {
          tokenId: BigInt(token),
          chainProductId: BigInt(productNumber),
          ownerId: null,
          certificateType: null,
          metadataUri: null,
          isValid: true,
          invalidationReason: null,
          mintedAt: null,
          minterId: null,
          expiresAt: null,
          transferredAt: null,
          complianceStandards: null,
        });
      }
    });
  const contract = (name: string, registry: Address | null) =>
    ({
      chainId,
      address: addressOf(name),
      kind: 'NFTCertificate',
      startBlock: 0,
      factory: null,
      registry,
      source: 'configuration',
    }) as const;
  const save = async (client: PoolClient, saved: BatchEffect) => {
    await saveEffect(client, { chainId, effect: saved, final: null });
    return linkBatch(client, chainId, saved, productLinks);
  };
  const linked = async (client: PoolClient) => {
    const { rows } = await client.query<{ token: string; product_id: string }>(
      'select token_id as token, product_id from nft_certificates where product_id is not null order by token_id',
    );
    return rows.map((row) => [Number(row.token), row.product_id]);
  };

  it('links are set in either order of insertion, according to the contract’s registry', async () => {
    await database.undone(async (client) => {
      await addContracts(client, [
        contract('certificate', addressOf('registry')),
        contract('stranger', null),
      ]);
      expect(await save(client, certificates('certificate', [1, 2], 7))).toEqual([]);
      await save(client, certificates('certificate', [3], 8));
      await save(client, certificates('stranger', [4], 7));
      expect(await linked(client)).toEqual([]);
      expect(await save(client, product(7))).toEqual([]);
      expect(await linked(client)).toEqual([
        [1, idOf('product', 7)],
        [2, idOf('product', 7)],
      ]);
      await save(client, certificates('certificate', [5], 7));
      expect((await linked(client)).map(([token]) => token)).toEqual([1, 2, 5]);
    });
  });

  it('links are set in bounded steps if many rows wait', async () => {
    await database.undone(async (client) => {
      await addContracts(client, [contract('certificate', addressOf('registry'))]);
      await save(client, certificates('certificate', [1, 2, 3, 4, 5], 7));
      for (const number of [7, 8])
        await saveEffect(client, { chainId, effect: product(number), final: null });
      let waiting = [idOf('product', 7), idOf('product', 8)];
      const counts: number[] = [];
      while (waiting.length > 0) {
        waiting = await productLinks.linkWaiting(client, chainId, waiting, 2);
        counts.push((await linked(client)).length);
        expect(waiting.every((id) => id === idOf('product', 7))).toBe(true);
      }
      expect(counts).toEqual([2, 4, 5]);
    });
  });
});

describe('an effect', () => {
  it('an effect stores its quarantined logs, and an empty effect changes nothing', async () => {
    await database.undone(async (client) => {
      const empty = effect(addressOf('registry'), 1, () => undefined);
      await saveEffect(client, { chainId, effect: empty, final: null });
      const failed = {
        log: log(1, 0),
        eventName: null,
        stage: 'decode',
        area: null,
        error: new Error('no'),
      } as const;
      await saveEffect(client, { chainId, effect: { ...empty, quarantined: [failed] }, final: null });
      expect(await listQuarantined(client, chainId, 2)).toHaveLength(1);
      expect(await loadRows(client, nothingWanted, chainId)).toEqual([]);
    });
  });
});
