import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { privateKeyToAccount } from 'viem/accounts';
import { productRegistryAbi, traceTokenAbi } from '../../abis/index.ts';
import {
  connectFixtureClients,
  deployFixtures,
  type FixtureAddresses,
  type FixtureClients,
  installMulticall3,
} from '../../contracts-fixtures/deploy.ts';
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
/** The chain after its deployment, which every test starts from. */
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
  const receipt = await clients.publicClient.waitForTransactionReceipt({ hash });
  return Number(receipt.blockNumber);
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

async function eventually<Row extends object>(statement: string, expected: Row[]): Promise<void> {
  await expect
    .poll(async () => await query<Row>(statement), { timeout: 15_000, interval: 100 })
    .toEqual(expected);
}

test('a product that is registered becomes a row, with its checkpoint, link, stakeholder and users', async () => {
  const daemon = start();
  await daemon.projected(await register('B-1'));
  expect(
    await query('select product_name, product_type, batch_number, raw_materials, is_active from products'),
  ).toEqual([
    {
      product_name: 'Arabica',
      product_type: 'food',
      batch_number: 'B-1',
      raw_materials: ['beans'],
      is_active: true,
    },
  ]);
  expect(
    await query(
      `select (select count(*)::int from checkpoints) as checkpoints, (select count(*)::int from traceability_chain) as links,
              (select count(*)::int from product_stakeholders) as stakeholders, (select count(*)::int from ledger.quarantine) as quarantined`,
    ),
  ).toEqual([{ checkpoints: 1, links: 1, stakeholders: 1, quarantined: 0 }]);
});

test('a movement is pending until its block is final, then confirmed, and has its gas', async () => {
  const daemon = start();
  const hash = await clients.walletClient.writeContract({
    address: addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [addresses.productRegistry, 5n],
  });
  const receipt = await clients.publicClient.waitForTransactionReceipt({ hash });
  await daemon.projected(Number(receipt.blockNumber));
  const movement = `select status, confirmed_at is not null as is_dated, gas_used::text, gas_price::text
                    from trace_token_transactions where transaction_hash = '${hash}'`;
  expect(await query(movement)).toEqual([
    { status: 'pending', is_dated: false, gas_used: null, gas_price: null },
  ]);
  await callNode(anvil.rpcUrl, 'anvil_mine', ['0x6']);
  await eventually(movement, [
    {
      status: 'confirmed',
      is_dated: true,
      gas_used: receipt.gasUsed.toString(),
      gas_price: receipt.effectiveGasPrice.toString(),
    },
  ]);
});

test('a second daemon takes over when the first stops, and nothing is lost or doubled', async () => {
  const first = start();
  await first.projected(await register('B-1'));
  const second = start();
  await first.stop();
  await second.projected(await register('B-2'));
  expect(await query('select batch_number from products order by batch_number')).toEqual([
    { batch_number: 'B-1' },
    { batch_number: 'B-2' },
  ]);
});

describe('a reorganization', () => {
  test('is not what a repeated head or a chain that stands still looks like', async () => {
    const daemon = start();
    const reached = await register('B-1');
    await daemon.projected(reached);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await daemon.projected(await register('B-2'));
    expect(await query('select latched_at from ledger.chains')).toEqual([{ latched_at: null }]);
  });
});

describe('the configuration', () => {
  test('of a contract that starts before what was ingested is refused, with the fix', async () => {
    const contracts = fixtureContracts(addresses);
    const daemon = start({ contracts: contracts.filter(({ kind }) => kind !== 'TraceToken') });
    await daemon.projected(await register('B-1'));
    await daemon.stop();
    const again = start({ contracts });
    await expect(again.projected(Infinity)).rejects.toMatchObject({ code: 'sync/contract-late' });
  });

  test('of a contract that was there before its start block is refused, with the fix', async () => {
    const [registry] = fixtureContracts(addresses);
    if (registry === undefined) throw new Error('the fixtures have a registry');
    const head = await register('B-1');
    const daemon = start({ contracts: [{ ...registry, startBlock: head }] });
    await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/contract-started-late' });
  });

  test('of another chain is refused', async () => {
    const daemon = start({ overrides: { chain: { expectedChainId: 1 } } });
    await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/other-chain' });
  });

  test('of another chain’s node is refused by its genesis', async () => {
    const daemon = start();
    await daemon.projected(await register('B-1'));
    await daemon.stop();
    const other = await startTestAnvil({ extraArguments: ['--timestamp', '1000000'] });
    try {
      const again = start({ rpcUrl: other.rpcUrl });
      await expect(again.projected(Infinity)).rejects.toMatchObject({ code: 'ledger/other-genesis' });
    } finally {
      await other.stop();
    }
  });
});
