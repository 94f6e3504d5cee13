/** Every write of every contract, and then every column of every chain-derived table. */
import { pino } from 'pino';
import { toFunctionSelector } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet } from '../../src/devnet/devnet.ts';
import type { Devnet } from '../../src/devnet/devnet.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { findDifferences } from './oracle/compare.ts';
import type { StoredTable } from './oracle/database.ts';
import { expectTables } from './oracle/expect.ts';
import { abis, readHistory } from './oracle/history.ts';
import type { History } from './oracle/history.ts';
import { tokens } from './oracle/row.ts';
import type { ExpectedTables } from './oracle/row.ts';
import { countLeftOver } from './support/left-over.ts';
import {
  changeSilently,
  doUnusualThings,
  giveUpOwnership,
  live,
  mineEmptyBlocks,
  mineNoFasterThan,
} from './support/life.ts';
import type { SilentlyChanged } from './support/life.ts';
import { publicTables, settledTables } from './support/settled.ts';

/** Functions that needn't be called, and why: none at present. */
const uncalledFunctions: readonly string[] = [];

/** Weeks of life take a while on a busy machine. */
const patienceMs = 120_000;

let devnet: Devnet;
let database: TestDatabase;
let history: History;
let expected: ExpectedTables;
let stored: ReadonlyMap<string, StoredTable>;
let silent: SilentlyChanged;

beforeAll(async () => {
  [devnet, database] = await Promise.all([
    startDevnet({ seed: 11, genesisTime: 1_790_000_000n, logger: pino({ level: 'warn' }) }),
    createMigratedDatabase(),
  ]);
  await live(devnet, { moreLogs: 500, coversEveryEvent: true });
  await doUnusualThings(devnet);
  const daemon = startTestDaemon({
    databaseUrl: database.url,
    rpcUrl: devnet.anvil.rpcUrl,
    webSocketUrl: devnet.anvil.webSocketUrl,
    contracts: devnet.contracts,
  });
  await daemon.projected(Number(await devnet.client.getBlockNumber()));
  mineNoFasterThan(devnet, [daemon]);
  await live(devnet, { moreLogs: 400 });
  await doUnusualThings(devnet);
  silent = await changeSilently(devnet);
  await giveUpOwnership(devnet);
  await mineEmptyBlocks(devnet, 6);
  await daemon.projected(Number(await devnet.client.getBlockNumber()));
  history = await readHistory(devnet.anvil.rpcUrl, devnet.contracts);
  expected = await expectTables(history);
  stored = await settledTables(database.url, expected);
  await daemon.stop();
}, patienceMs);

afterAll(async () => {
  await devnet.anvil.stop();
  await database.drop();
});

test('every function of every contract that changes anything was called', () => {
  const called = new Set(history.calls.map(({ kind, selector }) => `${kind} ${selector}`));
  const uncalled = Object.entries(abis).flatMap(([kind, abi]) =>
    abi
      .filter((entry) => entry.type === 'function')
      .filter(({ stateMutability }) => stateMutability === 'nonpayable' || stateMutability === 'payable')
      .filter((entry) => !called.has(`${kind} ${toFunctionSelector(entry)}`))
      .map(({ name, inputs }) => `${kind}.${name}(${inputs.map(({ type }) => type).join(',')})`),
  );
  expect(uncalled).toEqual(uncalledFunctions);
});

test('the oracle expects rows in every chain-derived table, and knows every log', () => {
  expect(history.undecodedLogs).toBe(0);
  expect(publicTables.filter((table) => (expected[table] ?? []).length === 0)).toEqual([]);
});

test.each(publicTables)('%s: every column of every row is what the contracts and receipts say', (table) => {
  expect(findDifferences({ [table]: expected[table] ?? [] }, stored).slice(0, 20)).toEqual([]);
});

test('what changed without an event keeps what was last said of it', async () => {
  const { client } = history;
  const row = (table: string, contract: string, column: string, number: bigint) =>
    stored
      .get(table)
      ?.rows.find((one) => one['smart_contract_address'] === contract && one[column] === String(number));

  const { registry, productWithOtherMetadata, productDeactivated } = silent;
  const readProduct = (productId: bigint) =>
    client.readContract({
      abi: abis.ProductRegistry,
      address: registry,
      functionName: 'getProduct',
      args: [productId],
    });
  expect((await readProduct(productWithOtherMetadata)).metadataURI).toBe('ipfs://unheard');
  expect(row('products', registry, 'product_id', productWithOtherMetadata)?.['metadata_uri']).toMatch(
    /^ipfs:\/\/bafy/,
  );
  expect((await readProduct(productDeactivated)).isActive).toBe(false);
  expect(row('products', registry, 'product_id', productDeactivated)).toMatchObject({
    is_active: true,
    deactivated_at: null,
  });

  const certificate = row(
    'nft_certificates',
    silent.certificates,
    'token_id',
    silent.certificateWithAnotherStandard,
  );
  expect(certificate?.['compliance_standards']).toEqual(['HACCP']);
  expect(
    row('factory_contracts', silent.nftFactory, 'instance_id', silent.instanceDeactivated)?.['is_active'],
  ).toBe(true);

  // The money that was withdrawn is seen by the token's balances and by no payment.
  const withdrawn = stored
    .get('trace_token_transactions')
    ?.rows.find(
      (one) =>
        one['from_address'] === silent.paymentContract && one['amount'] === tokens(silent.withdrawnWei),
    );
  expect(withdrawn?.['transaction_type']).toBe('transfer');
  expect(stored.get('escrow_transactions')?.rows.map((one) => one['amount'])).not.toContain(
    tokens(silent.withdrawnWei),
  );
});

test('nothing is in the quarantine, parked, or of an unknown topic', async () => {
  expect(await countLeftOver(database.url)).toEqual({ quarantined: 0, parked: 0, unknown: 0 });
});
