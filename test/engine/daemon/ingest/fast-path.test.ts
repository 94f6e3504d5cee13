/**
 * The fast path at the head: one transaction appends and projects a block, with the same result as the slow
 * path.
 */
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { traceTokenAbi } from '../../../../abis/index.ts';
import { createPool, withTransaction } from '../../../../src/db/client.ts';
import { canonicalBlock } from '../../../../src/engine/ledger/blocks.ts';
import { orphanAfter } from '../../../../src/engine/ledger/branches.ts';
import { revertCursors } from '../../../../src/engine/ledger/cursors.ts';
import { required } from '../../../../src/primitives/errors.ts';
import { sleep } from '../../../../src/primitives/time.ts';
import { digestTables } from '../../../../src/engine/store/digest.ts';
import { undoAfter } from '../../../../src/engine/store/undo.ts';
import { followChain } from '../../../support/followed-chain.ts';
import { type ProxiedRequest, startNodeProxy } from '../../../support/node-proxy.ts';

const chain = followChain();
const chainId = 31_337;

/** The number of blocks written in the same transaction as their products, and the number of the others. */
const writtenTogether = `
  select (block.xmin = product.xmin) as pipelined, count(*)::int
  from public.products as product join ledger.blocks as block on block.number = product.block_number
  group by 1 order by 1`;

const products = "select to_jsonb(products) - 'updated_at' as row from products order by id";

const journal = `
  select block_number, table_id, row_id, operation, log_index, cause, before
  from ledger.journal order by block_number, table_id, row_id`;

async function digestOf(url: string): Promise<string> {
  const pool = createPool({
    connectionString: url,
    applicationName: 'digest',
    onConnectionError: () => undefined,
  });
  try {
    const snapshot = { isolation: 'repeatable read', isReadOnly: true } as const;
    return (await withTransaction(pool, async (client) => await digestTables(client, chainId), snapshot))
      .sha256;
  } finally {
    await pool.end();
  }
}

test('a block that is next in line is written with its rows, and they are those of the long way', async () => {
  const first = await chain.register('B-1');
  const following = chain.start();
  await following.projected(first);
  for (const batchNumber of ['B-2', 'quoted " \\ \u{1F600}', 'B-4'])
    await following.projected(await chain.register(batchNumber));
  expect(await chain.query(writtenTogether)).toEqual([
    { pipelined: false, count: 1 },
    { pipelined: true, count: 3 },
  ]);
  const later = await chain.anotherDatabase();
  await chain.start({ databaseUrl: later }).projected(await chain.head());
  expect(await chain.query(writtenTogether, later)).toEqual([{ pipelined: false, count: 4 }]);
  expect(await chain.query(journal)).toEqual(await chain.query(journal, later));
  expect(await digestOf(chain.databaseUrl)).toBe(await digestOf(later));
});

test('a block whose rows are refused is in the ledger all the same, and the projection parks before it', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.register('B-1'));
  await daemon.projected(await chain.register('B-2'));
  await chain.query(`alter table public.products add constraint refused check (batch_number <> 'refused')`);
  const refused = await chain.register('refused');
  await expect
    .poll(async () => await chain.query('select block_number::int from ledger.parked'))
    .toEqual([{ block_number: refused }]);
  expect(
    await chain.query(
      "select stream, block_number::int from ledger.cursors where stream in ('ingest', 'projection') order by stream",
    ),
  ).toEqual([
    { stream: 'ingest', block_number: refused },
    { stream: 'projection', block_number: refused - 1 },
  ]);
});

test('blocks go into the ledger while somebody holds up the projection, and their rows follow', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.register('B-1'));
  await daemon.projected(await chain.register('B-2'));
  const holder = new Client({ connectionString: chain.databaseUrl });
  await holder.connect();
  try {
    await holder.query(`begin; select from ledger.cursors where stream = 'projection' for update`);
    await chain.register('B-3');
    const last = await chain.register('B-4');
    const ingested = async () =>
      await chain.query(`select block_number::int from ledger.cursors where stream = 'ingest'`);
    await expect.poll(ingested, { timeout: 10_000 }).toEqual([{ block_number: last }]);
    expect(await chain.query(`select count(*)::int from products`)).toEqual([{ count: 2 }]);
    await holder.query('rollback');
    await daemon.projected(last);
    expect(await chain.query(`select count(*)::int from products`)).toEqual([{ count: 4 }]);
  } finally {
    await holder.end();
  }
});

test('a block that was left for a shorter branch is taken back in when it is the next again', async () => {
  const daemon = chain.start();
  const before = await chain.register('B-1');
  await daemon.projected(before);
  const left = await chain.register('B-2');
  await daemon.projected(left);
  await daemon.stop();
  const rows = await chain.query(products);
  await leaveBlocksAfter(before);
  expect(await chain.query(products)).not.toEqual(rows);
  await chain.start().projected(left);
  expect(await chain.query(products)).toEqual(rows);
  expect(
    await chain.query(
      `select is_canonical, count(*)::int from ledger.blocks where number = ${left} group by 1`,
    ),
  ).toEqual([{ is_canonical: true, count: 1 }]);
});

/**
 * Orphans the blocks after this one. A node whose branch changes between two requests may report a branch
 * that equals the ledger's up to this block and ends there.
 */
async function leaveBlocksAfter(blockNumber: number): Promise<void> {
  const pool = createPool({
    connectionString: chain.databaseUrl,
    applicationName: 'reorganization',
    onConnectionError: () => undefined,
  });
  try {
    await withTransaction(pool, async (client) => {
      const { hash } = required(
        await canonicalBlock(client, chainId, blockNumber),
        'the last block that stays',
      );
      await orphanAfter(client, chainId, blockNumber);
      await undoAfter(client, chainId, blockNumber);
      await revertCursors(client, { chainId, to: { number: blockNumber, hash }, epoch: 1 });
    });
  } finally {
    await pool.end();
  }
}

test('movements of a block that another node said is final have their gas at once', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.register('B-1'));
  const second = await chain.register('B-2');
  await daemon.projected(second);
  await chain.query(`update ledger.chains set final_number = ${second + 1}`);
  const hash = await chain.clients.walletClient.writeContract({
    address: chain.addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [chain.addresses.productRegistry, 5n],
  });
  const { gasUsed } = await chain.clients.publicClient.waitForTransactionReceipt({ hash });
  await expect
    .poll(
      async () =>
        await chain.query(
          `select status, gas_used::text from trace_token_transactions where transaction_hash = '${hash}'`,
        ),
    )
    .toEqual([{ status: 'confirmed', gas_used: gasUsed.toString() }]);
});

test('gas that waited while the rows were behind comes when blocks at the head bring them there', async () => {
  const before = chain.start();
  await before.projected(await chain.head());
  await before.stop();
  await chain.mine(15);
  await chain.register('at the head');
  const head = await chain.mine(3);
  // Final blocks take the slow path, a few blocks behind the head. The rest arrive later in one batch,
  // without a new final block.
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const isAtHead = ({ method, params }: ProxiedRequest): boolean =>
    method === 'eth_getLogs' && JSON.stringify(params).includes('blockHash');
  proxy.change = (request, result) => (isAtHead(request) ? undefined : result);
  const daemon = chain.start({ rpcUrl: proxy.url, overrides: { chain: { requestTimeoutMs: 500 } } });
  const final = head - 5;
  await daemon.projected(final);
  await sleep(1_000);
  proxy.change = null;
  await daemon.projected(head);
  const reached = async () =>
    await chain.query(`select block_number::int from ledger.cursors where stream = 'receipts'`);
  await expect.poll(reached).toEqual([{ block_number: final }]);
});
