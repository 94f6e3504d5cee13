import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { privateKeyToAccount } from 'viem/accounts';
import { connectFixtureClients, deployFixtures, installMulticall3, type FixtureClients, type FixtureAddresses } from '../../contracts-fixtures/deploy.ts';
import { productRegistryAbi } from '../../abis/index.ts';
import type { AnvilServer } from '../../src/local/anvil.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { fixtureContracts, startTestDaemon } from '../support/daemon.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const deployer = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');

let anvil: AnvilServer;
let clients: FixtureClients;
let addresses: FixtureAddresses;
let database: TestDatabase;

beforeAll(async () => {
  anvil = await startTestAnvil();
  database = await createTestDatabase();
  clients = await connectFixtureClients(anvil.rpcUrl, deployer);
  await installMulticall3(anvil.rpcUrl);
  addresses = await deployFixtures(clients);
});

afterAll(async () => {
  await anvil.stop();
  await database.drop();
});

test('a product that is registered becomes a row, with its checkpoint, link, stakeholder and users', async () => {
  const daemon = startTestDaemon({ databaseUrl: database.url, rpcUrl: anvil.rpcUrl, contracts: fixtureContracts(addresses) });
  const hash = await clients.walletClient.writeContract({
    address: addresses.productRegistry,
    abi: productRegistryAbi,
    functionName: 'registerProduct',
    args: ['Arabica', 'Food', 'B-1', 1_700_000_000n, 0n, ['beans'], 'ipfs://x'],
  });
  const receipt = await clients.publicClient.waitForTransactionReceipt({ hash });
  await daemon.projected(Number(receipt.blockNumber));
  await daemon.stop();

  const client = new Client({ connectionString: database.url });
  await client.connect();
  const products = await client.query('select product_name, product_type, batch_number, raw_materials, is_active from products');
  const counts = await client.query(
    `select (select count(*)::int from checkpoints) as checkpoints, (select count(*)::int from traceability_chain) as links,
            (select count(*)::int from product_stakeholders) as stakeholders, (select count(*)::int from ledger.quarantine) as quarantined`,
  );
  await client.end();
  expect(products.rows).toEqual([
    { product_name: 'Arabica', product_type: 'food', batch_number: 'B-1', raw_materials: ['beans'], is_active: true },
  ]);
  expect(counts.rows).toEqual([{ checkpoints: 1, links: 1, stakeholders: 1, quarantined: 0 }]);
});
