import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { privateKeyToAccount } from 'viem/accounts';
import { productRegistryAbi, traceTokenAbi } from '../../abis/index.ts';
import {
  connectFixtureClients,
  deployFixtures,
  type FixtureAddresses,
  type FixtureClients,
  installMulticall3,
} from '../../contracts-fixtures/deploy.ts';
import { chainTables } from '../../src/db/ownership.ts';
import type { AnvilServer } from '../../src/local/anvil.ts';
import { startTestAnvil } from '../support/anvil.ts';
import {
  fixtureContracts,
  startTestDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../support/daemon.ts';
import { callNode } from '../support/json-rpc.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const deployer = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');

let anvil: AnvilServer;
let clients: FixtureClients;
let addresses: FixtureAddresses;
let database: TestDatabase;
let snapshot: unknown;
let daemons: TestDaemon[];

beforeAll(async () => {
  anvil = await startTestAnvil();
  clients = await connectFixtureClients(anvil.rpcUrl, deployer);
  await installMulticall3(anvil.rpcUrl);
  addresses = await deployFixtures(clients);
});

afterAll(async () => {
  await anvil.stop();
});

beforeEach(async () => {
  daemons = [];
  database = await createTestDatabase();
  snapshot = await callNode(anvil.rpcUrl, 'evm_snapshot');
});

afterEach(async () => {
  await Promise.allSettled(daemons.map(async (daemon) => await daemon.stop()));
  await callNode(anvil.rpcUrl, 'evm_revert', [snapshot]);
  await database.drop();
});

function start(options: Partial<TestDaemonOptions> = {}): TestDaemon {
  const contracts = fixtureContracts(addresses);
  const daemon = startTestDaemon({ databaseUrl: database.url, rpcUrl: anvil.rpcUrl, contracts, ...options });
  daemons.push(daemon);
  return daemon;
}

async function register(batchNumber: string): Promise<number> {
  const hash = await clients.walletClient.writeContract({
    address: addresses.productRegistry,
    abi: productRegistryAbi,
    functionName: 'registerProduct',
    args: ['Arabica', 'Food', batchNumber, 1_700_000_000n, 0n, ['beans'], 'ipfs://x'],
  });
  return Number((await clients.publicClient.waitForTransactionReceipt({ hash })).blockNumber);
}

async function query<Row extends object>(statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function eventTold(eventType: string, severity: string, data: object): Promise<void> {
  const events = async () =>
    await query(
      `select severity, event_data as data from system_events where source = 'daemon' and event_type = '${eventType}' order by created_at`,
    );
  await expect
    .poll(events, { timeout: 20_000, interval: 100 })
    .toEqual([{ severity, data: expect.objectContaining(data) }]);
}

test('a migration, a reorganization, its undo and a take-over are told, outside the journal, and no undo takes that back', async () => {
  const daemon = start();
  await register('A');
  await daemon.projected(await register('B'));
  await eventTold('migration', 'info', { count: expect.any(Number) });
  await callNode(anvil.rpcUrl, 'anvil_reorg', [2, []]);
  await callNode(anvil.rpcUrl, 'anvil_mine', ['0x1']);
  await eventTold('reorg', 'warning', { chainId: 31337, orphanedBlocks: 2 });
  await eventTold('undo', 'warning', { chainId: 31337, restored: 0 });
  expect(await query('select * from products')).toEqual([]);

  await daemon.stop();
  const heir = start();
  await heir.projected(await register('C'));
  await eventTold('takeover', 'info', { epoch: 2, wasReleased: true, from: expect.any(Object) });
  await callNode(anvil.rpcUrl, 'anvil_reorg', [1, []]);
  await callNode(anvil.rpcUrl, 'anvil_mine', ['0x1']);
  await expect.poll(async () => await query('select * from products'), { timeout: 20_000 }).toEqual([]);

  const own = await query<{ id: string; chain_id: unknown; block_hash: unknown }>(
    `select id, chain_id, block_hash from system_events where source = 'daemon'`,
  );
  expect(own.length).toBeGreaterThanOrEqual(6);
  expect(own.every((row) => row.chain_id === null && row.block_hash === null)).toBe(true);
  expect(
    await query(
      `select from ledger.journal where table_id = ${chainTables.systemEvents.id}
         and row_id in (select id from system_events where source = 'daemon')`,
    ),
  ).toEqual([]);
});

test('a node’s failover is told once, however often it fails', async () => {
  const daemon = start({
    overrides: { chain: { rpcUrls: ['http://127.0.0.1:1', anvil.rpcUrl] } },
  });
  await daemon.projected(await register('A'));
  await daemon.projected(await register('B'));
  await eventTold('node_failover', 'warning', { node: expect.stringContaining('127.0.0.1:1') });
});

test('logs that can’t be read are told, one event a batch', async () => {
  // An ERC-20's Transfer has the topic of an ERC-721's, and one indexed argument less.
  const daemon = start({
    contracts: [
      {
        kind: 'NFTCertificate',
        address: addresses.traceToken,
        startBlock: 0,
        registry: addresses.productRegistry,
      },
    ],
  });
  const hash = await clients.walletClient.writeContract({
    address: addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [addresses.productRegistry, 5n],
  });
  const { blockNumber } = await clients.publicClient.waitForTransactionReceipt({ hash });
  await daemon.projected(Number(blockNumber));
  const [quarantined] = await query<{ count: number }>('select count(*)::int from ledger.quarantine');
  const [told] = await query<{ count: number }>(
    `select sum((event_data ->> 'count')::int)::int as count from system_events where event_type = 'quarantine' and severity = 'error'`,
  );
  expect(told).toEqual(quarantined);
  expect(told?.count).toBeGreaterThan(0);
});

test('a projection that is parked is told, with the block and the reason', async () => {
  const daemon = start();
  await daemon.projected(await register('A'));
  await query(`alter table products add constraint refused check (batch_number <> 'B')`);
  const blockNumber = await register('B');
  await eventTold('parking', 'fatal', {
    stream: 'projection',
    blockNumber,
    error: expect.stringContaining('refused'),
  });
});

test('a latch is told with its reason', async () => {
  const daemon = start();
  await register('A');
  await callNode(anvil.rpcUrl, 'anvil_mine', ['0xa']);
  await daemon.projected(Number(await callNode(anvil.rpcUrl, 'eth_blockNumber')));
  await callNode(anvil.rpcUrl, 'anvil_reorg', [9, []]);
  await callNode(anvil.rpcUrl, 'anvil_mine', ['0x1']);
  await eventTold('latch', 'fatal', {
    reason: expect.stringContaining('deeper than the final block'),
    final: expect.objectContaining({ number: expect.any(Number) }),
  });
});
