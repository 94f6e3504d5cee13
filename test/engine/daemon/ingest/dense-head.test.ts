/** Blocks near the head with thousands of logs: a daemon that catches up fetches few of them per batch. */
import { expect, test } from 'vitest';
import { createPool, withClient } from '../../../../src/db/client.ts';
import { toAddress } from '../../../../src/primitives/hex.ts';
import { startScriptedNode } from '../../../bench/processes/scripted-node.ts';
import { startTestDaemon } from '../../../support/daemon.ts';
import { createMigratedDatabase } from '../../../support/postgres.ts';

const token = toAddress(`0x${'70'.repeat(20)}`);
const nobody = toAddress(`0x${'00'.repeat(20)}`);
const somebody = toAddress(`0x${'0a'.repeat(20)}`);
const blocks = 12;
const logsPerBlock = 1_000;

test('crowded blocks are appended a few at once, so that none of their logs wait for long', async () => {
  await using node = await startScriptedNode(token);
  const mint = { from: nobody, to: somebody, amountWei: 1n };
  const transfers = Array.from({ length: logsPerBlock }, () => mint);
  for (let block = 0; block < blocks; block += 1) {
    node.record(transfers);
    node.publish();
  }
  const database = await createMigratedDatabase();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  const daemon = startTestDaemon({
    databaseUrl: database.url,
    rpcUrl: node.rpcUrl,
    contracts: [{ kind: 'TraceToken', address: token, startBlock: 1 }],
    // The node shares this process with the daemon, so on a busy machine its answers are late but correct.
    overrides: { chain: { finality: { kind: 'depth', blocks: 1_000 }, requestTimeoutMs: 60_000 } },
  });
  try {
    await daemon.projected(blocks);
    const { appendedAtOnce, balances } = await withClient(pool, async (client) => ({
      appendedAtOnce: await client.query<{ blocks: number }>(
        'select count(*)::int as blocks from ledger.blocks group by blocks.xmin order by min(number)',
      ),
      balances: await client.query('select (balance * 1e18)::int as wei from token_balances'),
    }));
    // The first answers reveal the density.
    expect(appendedAtOnce.rows.map((row) => row.blocks)).toEqual([8, 2, 2]);
    expect(balances.rows).toEqual([{ wei: blocks * logsPerBlock }]);
  } finally {
    await daemon.stop();
    await pool.end();
    await database.drop();
  }
});
