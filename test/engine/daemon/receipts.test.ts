import type { ClientBase, Pool } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { createNodePool } from '../../../src/engine/chain/nodes.ts';
import type { BlockReference } from '../../../src/engine/rpc/types.ts';
import { createPool, withTransaction } from '../../../src/db/client.ts';
import { appendBatch } from '../../../src/engine/ledger/blocks.ts';
import { orphanAfter } from '../../../src/engine/ledger/branches.ts';
import { recordChain, updateHead } from '../../../src/engine/ledger/chains.ts';
import { addContracts } from '../../../src/engine/ledger/contracts.ts';
import { moveCursor, readCursor } from '../../../src/engine/ledger/cursors.ts';
import { fillReceipts } from '../../../src/engine/daemon/jobs/receipts.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { Lease } from '../../../src/engine/leader/leadership.ts';
import { addressOf, blockHash, blocks, chainId, header, reference } from '../ledger/chain-values.ts';
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';

const epoch = 1;

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createMigratedDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  await pool.query(
    `insert into ledger.leaders (chain_id, epoch, instance, host, pid, since) values (${chainId}, ${epoch}, gen_random_uuid(), 'here', 1, now())`,
  );
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function recordTokenChain(client: ClientBase): Promise<void> {
  await recordChain(client, { chainId, genesisHash: blockHash(0), completeness: 'bloom' });
  await addContracts(client, [
    {
      chainId,
      address: addressOf('token'),
      kind: 'TraceToken',
      startBlock: 0,
      factory: null,
      registry: null,
      source: 'configuration',
    },
  ]);
}

/** Runs the job on a chain without work; no server listens at the node's address. */
async function fill(): Promise<BlockReference | null> {
  const lease = new Lease(chainId, epoch, 'test');
  const nodes = createNodePool({ nodes: [createNode({ url: 'http://127.0.0.1:1' })], now: () => 0 });
  const { signal } = new AbortController();
  await fillReceipts({ pool, lease, nodes, projections: allProjections, signal });
  return await withTransaction(pool, async (client) => await readCursor(client, chainId, 'receipts'));
}

/** A reorg from block 1 on, ingested past finality, while the rows are still those of the old branch. */
test('rows of a branch that was left are not taken for those of blocks that are final', async () => {
  await withTransaction(pool, async (client) => {
    await recordTokenChain(client);
    await appendBatch(
      client,
      blocks({ from: 0, to: 3 }, () => 0),
    );
    await moveCursor(client, { chainId, stream: 'projection', from: null, to: reference(3), epoch });
    await orphanAfter(client, chainId, 1);
    const theirs = blocks({ from: 2, to: 3 }, () => 0).blocks.map((block) => ({
      ...block,
      header: header(block.header.number, ' of the other branch'),
    }));
    await appendBatch(client, { ...blocks({ from: 2, to: 3 }, () => 0), blocks: theirs });
    const head = { number: 3, hash: blockHash(3, ' of the other branch') };
    await updateHead(client, chainId, { head, final: head });
  });
  expect(await fill()).toEqual(reference(1));
});

test('gas waits while the rows are behind the head, and comes when they aren’t any more', async () => {
  const move = async (from: BlockReference | null, to: BlockReference) =>
    await withTransaction(
      pool,
      async (client) => await moveCursor(client, { chainId, stream: 'projection', from, to, epoch }),
    );
  await withTransaction(pool, async (client) => {
    await recordTokenChain(client);
    await appendBatch(
      client,
      blocks({ from: 0, to: 8 }, () => 0),
    );
    await updateHead(client, chainId, { head: reference(8), final: reference(3) });
  });
  await move(null, reference(5));
  expect(await fill()).toBeNull();
  await move(reference(5), reference(6));
  expect(await fill()).toEqual(reference(3));
});
