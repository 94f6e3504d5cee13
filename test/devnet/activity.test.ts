import { pino } from 'pino';
import { toEventSelector } from 'viem';
import { expect, test } from 'vitest';
import * as abis from '../../abis/index.ts';
import { playHistory } from '../../src/devnet/activity/history.ts';
import type { HistoryOptions } from '../../src/devnet/activity/history.ts';
import { Runner } from '../../src/devnet/activity/runner.ts';
import { World } from '../../src/devnet/activity/world/world.ts';
import { startDevnet } from '../../src/devnet/devnet.ts';
import type { Devnet } from '../../src/devnet/devnet.ts';
import { toAddress } from '../../src/primitives/hex.ts';

/** Inherited by an ABI, and emitted by no function of the contract: ERC-4906 declares it, OpenZeppelin never emits it. */
const neverEmitted = ['BatchMetadataUpdate'];

const genesisTime = 1_790_000_000n;

async function withDevnet<Result>(seed: number, use: (devnet: Devnet) => Promise<Result>): Promise<Result> {
  const devnet = await startDevnet({ seed, genesisTime, logger: pino({ level: 'warn' }) });
  try {
    return await use(devnet);
  } finally {
    await devnet.anvil.stop();
  }
}

function play(devnet: Devnet, options: Partial<HistoryOptions> = {}) {
  return playHistory({
    ...devnet,
    minimumLogs: 300,
    actionsPerBlock: 24,
    blockIntervalSeconds: 6 * 3600,
    coversEveryEvent: false,
    signal: AbortSignal.timeout(60_000),
    ...options,
  });
}

test('the devnet activity makes every event of every contract, and none of its transactions fails', async () => {
  await withDevnet(1, async (devnet) => {
    const history = await play(devnet, { coversEveryEvent: true, minimumLogs: 1500 });
    expect(history.reverted).toEqual([]);

    const logs = await devnet.client.getLogs({ fromBlock: 0n });
    expect(logs.length).toBeGreaterThanOrEqual(1500);
    const contracts = devnet.scene.world.contracts;
    const kindsWithTopic = new Set(
      logs.map((log) => `${contracts.at(toAddress(log.address))?.kind} ${log.topics[0]}`),
    );
    const missing = Object.entries(abis).flatMap(([name, abi]) =>
      abi.flatMap((entry) => {
        if (entry.type !== 'event' || neverEmitted.includes(entry.name)) return [];
        const kind = kindOfAbi(name);
        return kindsWithTopic.has(`${kind} ${toEventSelector(entry)}`) ? [] : [`${kind}.${entry.name}`];
      }),
    );
    expect(missing).toEqual([]);
  });
});

function kindOfAbi(exportName: string): string {
  const name = exportName.replace(/Abi$/, '');
  return name.startsWith('nft') ? `NFT${name.slice(3)}` : name.slice(0, 1).toUpperCase() + name.slice(1);
}

test('the devnet activity is the same for the same seed, and different for another seed', async () => {
  const live = (seed: number) =>
    withDevnet(seed, async (devnet) => {
      await play(devnet);
      const logs = await devnet.client.getLogs({ fromBlock: 0n });
      return logs.map(({ address, topics, data, blockNumber }) => ({ address, topics, data, blockNumber }));
    });
  const [first, second, other] = [await live(7), await live(7), await live(8)];
  expect(second).toEqual(first);
  expect(other).not.toEqual(first);
});

test('the activity’s model of a chain is the same whether it followed the chain or reads it later', async () => {
  await withDevnet(3, async (devnet) => {
    await play(devnet);
    const { world } = devnet.scene;

    const reread = new World(devnet.fixtures);
    await new Runner(devnet.client, reread).observe();
    expect(reread).toEqual(world);
  });
});
