/** The only node goes away while the chain makes no block: nothing but the follower of the head notices. */
import { expect, test } from 'vitest';
import { createPool, withClient } from '../../src/db/client.ts';
import { readStatus } from '../../src/sync/status.ts';
import { followChain } from '../support/followed-chain.ts';
import { startCuttableProxy } from '../support/cuttable-proxy.ts';

const chain = followChain();

const nodeEvents = async () =>
  (
    await chain.query<{ type: string }>(
      `select event_type as type from system_events where event_type in ('node_lost', 'node_back') order by created_at`,
    )
  ).map(({ type }) => type);

async function nodeLost() {
  const pool = createPool({
    connectionString: chain.databaseUrl,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  try {
    return (await withClient(pool, async (client) => await readStatus(client))).nodeLost;
  } finally {
    await pool.end();
  }
}

test('the outage of the only node is reported without a new head, and so is its end', async () => {
  await using proxy = await startCuttableProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url });
  await daemon.projected(await chain.head());
  expect(await nodeEvents()).toEqual([]);
  proxy.cut();
  await expect.poll(nodeEvents, { timeout: 20_000 }).toEqual(['node_lost']);
  expect(await nodeLost()).toMatchObject({ since: expect.any(String), error: expect.any(String) });
  proxy.mend();
  await expect.poll(nodeEvents, { timeout: 40_000 }).toEqual(['node_lost', 'node_back']);
  expect(await nodeLost()).toBeNull();
  await daemon.projected(await chain.register('A'));
}, 90_000);
