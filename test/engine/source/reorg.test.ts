import { describe, expect, test } from 'vitest';
import { encodeFunctionData } from 'viem';
import { productFactoryAbi, productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import type { Hex } from '../../../src/primitives/hex.ts';
import { DeepReorgError } from '../../../src/engine/source/reorg.ts';
import type { TestDaemon } from '../../support/daemon.ts';
import { deployer, followChain } from '../../support/followed-chain.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();

async function follow(): Promise<{ daemon: TestDaemon; url: string }> {
  const url = await chain.anotherDatabase();
  return { daemon: chain.start({ databaseUrl: url }), url };
}

interface Call {
  readonly to: Hex;
  readonly data: Hex;
}

function registering(batchNumber: string): Call {
  const args = ['Arabica', 'Food', batchNumber, 1_700_000_000n, 0n, ['beans'], 'ipfs://x'] as const;
  return {
    to: chain.addresses.productRegistry,
    data: encodeFunctionData({ abi: productRegistryAbi, functionName: 'registerProduct', args }),
  };
}

function moving(productId: bigint, location: string): Call {
  const args = [productId, 'Shipped', location, ''] as const;
  return {
    to: chain.addresses.productRegistry,
    data: encodeFunctionData({ abi: productRegistryAbi, functionName: 'addCheckpoint', args }),
  };
}

function paying(amount: bigint): Call {
  const args = [chain.addresses.productRegistry, amount] as const;
  return {
    to: chain.addresses.traceToken,
    data: encodeFunctionData({ abi: traceTokenAbi, functionName: 'transfer', args }),
  };
}

function founding(organization: string): Call {
  const args = [organization, 'roaster', ''] as const;
  return {
    to: chain.addresses.productFactory,
    data: encodeFunctionData({ abi: productFactoryAbi, functionName: 'deployRegistry', args }),
  };
}

async function send(...calls: readonly Call[]): Promise<void> {
  for (const call of calls) {
    const hash = await chain.clients.walletClient.sendTransaction({ ...call, gas: 9_000_000n });
    const receipt = await chain.clients.publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error('a transaction of the test reverted');
  }
}

/** Replaces the last blocks by the same number of new ones, with these transactions in the first of them. */
async function reorganize(depth: number, calls: readonly Call[]): Promise<void> {
  const transactions = calls.map((call) => [{ from: deployer.address, gas: '0x895440', ...call }, 0]);
  await chain.node('anvil_reorg', depth, transactions);
}

/** The rows of a daemon that saw every reorg equal those of a daemon that starts now. */
async function expectCleanFold(url: string): Promise<void> {
  const head = await chain.mine(1);
  const clean = await follow();
  await clean.daemon.projected(head);
  await expect.poll(async () => await headHash(url), { interval: 50 }).toBe(await headHash(clean.url));
  expect(await chainTableContents(url)).toEqual(await chainTableContents(clean.url));
}

/** The projection's cursor, by hash, because a number is ambiguous here. */
async function headHash(url: string): Promise<string | undefined> {
  const rows = await chain.query<{ hash: string }>(
    `select encode(block_hash, 'hex') as hash from ledger.cursors where stream = 'projection'`,
    url,
  );
  return rows[0]?.hash;
}

async function projectedHead(daemon: TestDaemon): Promise<void> {
  await daemon.projected(await chain.head());
}

describe('after a reorganization the rows are those of a clean fold of the chain', () => {
  test('whose new branch has other events', async () => {
    const { daemon, url } = await follow();
    await send(registering('A'), moving(1n, 'Santos'));
    await projectedHead(daemon);
    await reorganize(1, [moving(1n, 'Hamburg'), paying(7n)]);
    await expectCleanFold(url);
    expect(await chain.query('select location from checkpoints order by checkpoint_index', url)).toEqual([
      { location: '' },
      { location: 'Hamburg' },
    ]);
  });

  test('that takes a product away together with what was made of it', async () => {
    const { daemon, url } = await follow();
    await send(paying(5n), registering('A'), moving(1n, 'Santos'), moving(1n, 'Hamburg'), paying(3n));
    await projectedHead(daemon);
    await reorganize(4, [paying(9n)]);
    await expectCleanFold(url);
    expect(await chain.query('select * from products', url)).toEqual([]);
  });

  test('that takes a factory’s child away, and makes another one', async () => {
    const { daemon, url } = await follow();
    await send(founding('Roasters'));
    await projectedHead(daemon);
    await reorganize(1, [paying(1n), founding('Grinders')]);
    await expectCleanFold(url);
    expect(
      await chain.query(`select count(*)::int from ledger.contracts where source = 'factory'`, url),
    ).toEqual([{ count: 1 }]);
  });

  test('that happened while the daemon was down', async () => {
    const { daemon, url } = await follow();
    await send(registering('A'), moving(1n, 'Santos'));
    await projectedHead(daemon);
    await daemon.stop();
    await reorganize(2, [registering('B')]);
    chain.start({ databaseUrl: url });
    await expectCleanFold(url);
  });

  test('that only touched empty blocks, while the daemon was down', async () => {
    const { daemon, url } = await follow();
    await send(registering('A'));
    await chain.mine(3);
    await projectedHead(daemon);
    const before = await headHash(url);
    await daemon.stop();
    await reorganize(2, []);
    chain.start({ databaseUrl: url });
    await expectCleanFold(url);
    expect(
      await chain.query(
        `select encode(hash, 'hex') as hash from ledger.blocks where not is_canonical and number = (select max(number) from ledger.blocks where not is_canonical)`,
        url,
      ),
    ).toEqual([{ hash: before }]);
  });

  test('that comes again and again at the same heights', async () => {
    const { daemon, url } = await follow();
    await send(registering('A'));
    await projectedHead(daemon);
    for (const location of ['Santos', 'Hamburg', 'Berlin']) {
      await send(moving(1n, location));
      await projectedHead(daemon);
      await reorganize(1, [moving(1n, `${location} harbour`)]);
      await chain.mine(1);
      await expect
        .poll(
          async () =>
            await chain.query(
              `select count(*)::int from checkpoints where location = '${location} harbour'`,
              url,
            ),
        )
        .toEqual([{ count: 1 }]);
    }
    await expectCleanFold(url);
  });

  test('that only touches empty blocks', async () => {
    const { daemon, url } = await follow();
    await send(registering('A'));
    await chain.mine(3);
    await projectedHead(daemon);
    await reorganize(2, []);
    await expectCleanFold(url);
  });
});

test('undone rows leave their trace in the journal, which is only ever added to', async () => {
  const { daemon, url } = await follow();
  await send(registering('A'), moving(1n, 'Santos'));
  await projectedHead(daemon);
  const before = await chain.query('select * from ledger.journal order by sequence', url);
  await reorganize(2, [registering('B')]);
  await expectCleanFold(url);
  const after = await chain.query('select * from ledger.journal order by sequence', url);
  expect(after.slice(0, before.length)).toEqual(before);
  const undone = await chain.query<{ operation: string; before: object }>(
    'select operation, before from ledger.journal where cause = 1',
    url,
  );
  expect(undone.filter(({ operation }) => operation === 'D').map((entry) => entry.before)).toContainEqual(
    expect.objectContaining({ batch_number: 'A' }),
  );
});

test('a reorganization past finality latches: writing stops, the reason is kept, and a restart is refused', async () => {
  const { daemon, url } = await follow();
  await send(registering('A'));
  await chain.mine(10);
  await projectedHead(daemon);
  await reorganize(9, [registering('B')]);
  await chain.mine(1);
  await expect
    .poll(
      async () => await chain.query('select latched_at is not null as is_latched from ledger.chains', url),
      {
        timeout: 20_000,
      },
    )
    .toEqual([{ is_latched: true }]);
  await expect(daemon.stop()).rejects.toBeInstanceOf(DeepReorgError);
  const again = chain.start({ databaseUrl: url });
  await expect(again.projected(Infinity)).rejects.toMatchObject({ code: 'sync/latched' });
});
