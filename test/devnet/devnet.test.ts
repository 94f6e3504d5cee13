import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { runLiveActivity } from '../../src/devnet/live-activity.ts';
import { type Devnet, startDevnet } from '../../src/devnet/devnet.ts';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';

const logger = pino({ level: 'warn' });
const now = () => BigInt(Math.floor(Date.now() / 1000));

test('a persistent devnet continues the same chain at every start', async () => {
  const folder = await makeTemporaryFolder('test');
  const options = { stateFile: join(folder, 'state.json'), seed: 1, logger };
  try {
    const chains = [];
    for (let start = 1; start <= 4; start++) {
      // What a later start says of the genesis doesn't count.
      const devnet = await startDevnet({ ...options, genesisTime: now() - BigInt(start) * 86_400n });
      expect(devnet.isNew).toBe(start === 1);
      const [genesis, opening] = [
        await devnet.client.getBlock({ blockNumber: 0n }),
        await devnet.client.getBlock({ blockNumber: 19n }),
      ];
      chains.push({ genesis: genesis.hash, opening: opening.hash, contracts: devnet.contracts });
      await devnet.player.mine(now());
      await devnet.anvil.stop();
    }
    expect(new Set(chains.map((chain) => JSON.stringify(chain))).size).toBe(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('live activity mines at the current time, and leaves an empty pool when it stops', async () => {
  const devnet = await startDevnet({ seed: 1, logger, genesisTime: now() - 86_400n });
  try {
    const stop = new AbortController();
    const before = devnet.scene.world.logCount;
    setTimeout(() => stop.abort(), 4000);
    await runLiveActivity(devnet, { blockIntervalSeconds: 1, now, signal: stop.signal, logger });

    expect(devnet.scene.world.logCount).toBeGreaterThan(before);
    const { timestamp, number } = await devnet.client.getBlock({ blockTag: 'latest' });
    expect(Number(now() - timestamp)).toBeLessThan(5);
    expect(await devnet.client.getTxpoolStatus()).toEqual({ pending: 0, queued: 0 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await devnet.client.getBlockNumber()).toBe(number);
  } finally {
    await devnet.anvil.stop();
  }
});

test('live activity slows down after a while, and still stops at once', async () => {
  const devnet = await startDevnet({ seed: 1, logger, genesisTime: now() - 86_400n });
  try {
    const stop = new AbortController();
    const pace = { blockIntervalSeconds: 1, busyRounds: 2, calmPauseMs: 600_000 };
    const running = runLiveActivity(devnet, { ...pace, now, signal: stop.signal, logger });
    await expect.poll(async () => await quietBlocks(devnet)).toBeGreaterThan(2);
    stop.abort();
    await running;
  } finally {
    await devnet.anvil.stop();
  }
});

/** How many of the newest blocks have no transactions. */
async function quietBlocks({ client }: Devnet): Promise<number> {
  let block = await client.getBlock({ blockTag: 'latest' });
  let quiet = 0;
  while (block.transactions.length === 0 && block.number > 0n) {
    quiet += 1;
    block = await client.getBlock({ blockNumber: block.number - 1n });
  }
  return quiet;
}
