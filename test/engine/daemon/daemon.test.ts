import { deployFixtures } from '../../../contracts-fixtures/deploy.ts';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { traceTokenAbi } from '../../../abis/index.ts';
import { startTestAnvil } from '../../support/anvil.ts';
import { fixtureContracts } from '../../support/daemon.ts';
import { followChain } from '../../support/followed-chain.ts';

const chain = followChain();

async function eventually(statement: string, expected: object[]): Promise<void> {
  await expect.poll(async () => await chain.query(statement), { interval: 100 }).toEqual(expected);
}

test('a product that is registered becomes a row, with its checkpoint, link, stakeholder and users', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.register('B-1'));
  expect(
    await chain.query(
      'select product_name, product_type, batch_number, raw_materials, is_active from products',
    ),
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
    await chain.query(
      `select (select count(*)::int from checkpoints) as checkpoints, (select count(*)::int from traceability_chain) as links,
              (select count(*)::int from product_stakeholders) as stakeholders, (select count(*)::int from ledger.quarantine) as quarantined`,
    ),
  ).toEqual([{ checkpoints: 1, links: 1, stakeholders: 1, quarantined: 0 }]);
});

test('a movement is pending until its block is final, then confirmed, and has its gas', async () => {
  const daemon = chain.start();
  const hash = await chain.clients.walletClient.writeContract({
    address: chain.addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [chain.addresses.productRegistry, 5n],
  });
  const receipt = await chain.clients.publicClient.waitForTransactionReceipt({ hash });
  await daemon.projected(Number(receipt.blockNumber));
  const movement = `select status, confirmed_at is not null as is_dated, gas_used::text, gas_price::text
                    from trace_token_transactions where transaction_hash = '${hash}'`;
  expect(await chain.query(movement)).toEqual([
    { status: 'pending', is_dated: false, gas_used: null, gas_price: null },
  ]);
  await chain.node('anvil_mine', '0x6');
  await eventually(movement, [
    {
      status: 'confirmed',
      is_dated: true,
      gas_used: receipt.gasUsed.toString(),
      gas_price: receipt.effectiveGasPrice.toString(),
    },
  ]);
});

test('a daemon that is stopped while its queue is being started leaves no session behind', async () => {
  const first = chain.start();
  await first.projected(await chain.head());
  await first.stop();
  const sessions = async (condition: string): Promise<object[]> =>
    await chain.query(
      `select query from pg_stat_activity
       where application_name like 'tracechain %' and datname = current_database() and ${condition}`,
    );
  const other = new Client({ connectionString: chain.databaseUrl });
  await other.connect();
  try {
    await other.query('begin');
    await other.query('lock table pgboss.queue');
    const daemon = chain.start();
    await expect.poll(async () => (await sessions(`wait_event_type = 'Lock'`)).length).toBeGreaterThan(0);
    const stopped = daemon.stop();
    await other.query('rollback');
    await stopped;
  } finally {
    await other.end();
  }
  expect(await sessions('true')).toEqual([]);
});

test('a second daemon takes over when the first stops, and nothing is lost or doubled', async () => {
  const first = chain.start();
  await first.projected(await chain.register('B-1'));
  const second = chain.start();
  await first.stop();
  await second.projected(await chain.register('B-2'));
  expect(await chain.query('select batch_number from products order by batch_number')).toEqual([
    { batch_number: 'B-1' },
    { batch_number: 'B-2' },
  ]);
});

describe('a reorganization', () => {
  test('is not what a repeated head or a chain that stands still looks like', async () => {
    const daemon = chain.start();
    const reached = await chain.register('B-1');
    await daemon.projected(reached);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await daemon.projected(await chain.register('B-2'));
    expect(await chain.query('select latched_at from ledger.chains')).toEqual([{ latched_at: null }]);
  });
});

describe('the configuration', () => {
  test('of a contract that starts before the ledger does is refused, with the fix', async () => {
    const earlier = fixtureContracts(chain.addresses).filter(({ kind }) => kind === 'TraceToken');
    const startBlock = (await chain.head()) + 1;
    const contracts = fixtureContracts(await deployFixtures(chain.clients), startBlock);
    const daemon = chain.start({ contracts });
    await daemon.projected(await chain.head());
    await daemon.stop();
    const again = chain.start({ contracts: [...contracts, ...earlier] });
    await expect(again.projected(Infinity)).rejects.toMatchObject({ code: 'sync/contract-late' });
  });

  test('of a contract that was there before its start block is refused, with the fix', async () => {
    const [registry] = fixtureContracts(chain.addresses);
    if (registry === undefined) throw new Error('the fixtures have a registry');
    const head = await chain.register('B-1');
    const daemon = chain.start({ contracts: [{ ...registry, startBlock: head }] });
    await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/contract-started-late' });
  });

  test('of another chain is refused', async () => {
    const daemon = chain.start({ overrides: { chain: { expectedChainId: 1 } } });
    await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/other-chain' });
  });

  test('of another chain’s node is refused by its genesis', async () => {
    const daemon = chain.start();
    await daemon.projected(await chain.register('B-1'));
    await daemon.stop();
    const other = await startTestAnvil({ extraArguments: ['--timestamp', '1000000'] });
    try {
      const again = chain.start({ rpcUrl: other.rpcUrl });
      await expect(again.projected(Infinity)).rejects.toMatchObject({ code: 'ledger/other-genesis' });
    } finally {
      await other.stop();
    }
  });
});
