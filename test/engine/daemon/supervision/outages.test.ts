/**
 * Reports while the chain makes no block: the daemon's heartbeat, and outages of the node or the database.
 */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createPool, withClient } from '../../../../src/db/client.ts';
import { readStatus } from '../../../../src/operations/status.ts';
import { followChain } from '../../../support/followed-chain.ts';
import { startCuttableProxy } from '../../../support/cuttable-proxy.ts';

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

test.each([
  ['polling', false],
  ['by WebSocket', true],
])(
  'the outage of the only node is reported without a new head, %s, and so is its end',
  async (_, bySocket) => {
    await using proxy = await startCuttableProxy(chain.rpcUrl);
    const webSocketUrl = proxy.url.replace('http', 'ws');
    const daemon = chain.start({ rpcUrl: proxy.url, ...(bySocket ? { webSocketUrl } : {}) });
    await daemon.projected(await chain.head());
    expect(await nodeEvents()).toEqual([]);
    proxy.cut();
    await expect.poll(nodeEvents, { timeout: 20_000 }).toEqual(['node_lost']);
    expect(await nodeLost()).toMatchObject({ since: expect.any(String), error: expect.any(String) });
    proxy.mend();
    await expect.poll(nodeEvents, { timeout: 40_000 }).toEqual(['node_lost', 'node_back']);
    expect(await nodeLost()).toBeNull();
    await daemon.projected(await chain.register('A'));
  },
  90_000,
);

/** A logger, and the messages logged so far, without their fields. */
function recordingLogger() {
  const messages: string[] = [];
  const logger = pino({}, { write: (line) => messages.push((JSON.parse(line) as { msg: string }).msg) });
  return { logger, count: (message: string) => messages.filter((one) => one === message).length };
}

test('an idle daemon says now and then that it follows the chain, and once that the database is back', async () => {
  await using proxy = await startCuttableProxy(chain.databaseUrl);
  const { logger, count } = recordingLogger();
  const daemon = chain.start({ databaseUrl: proxy.url, logger, heartbeatLogMs: 200 });
  const alive = () => count('following the chain');
  await expect.poll(alive, { timeout: 20_000 }).toBeGreaterThan(1);
  proxy.cut();
  await expect
    .poll(() => count('renewing the lead failed and is tried again'), { timeout: 20_000 })
    .toBeGreaterThan(2);
  expect(count('back: the database answers again')).toBe(0);
  const before = alive();
  proxy.mend();
  const back = () => count('back: the database answers again');
  await expect.poll(back, { timeout: 20_000 }).toBe(1);
  await expect.poll(alive, { timeout: 20_000 }).toBeGreaterThan(before + 2);
  expect(back()).toBe(1);
  await daemon.stop();
}, 60_000);
