/**
 * The chains whose digests are recorded: the demo's and the benchmark's, made so that every run of them is the same to the bit. Anvil works on
 * a batch of requests side by side, so whatever is sent here is answered for before the next is sent, and every block has its fixed time.
 */
import { pino } from 'pino';
import { playHistory } from '../../src/devnet/activity/history.ts';
import { devnetChainSettings, startDevnet } from '../../src/devnet/devnet.ts';
import type { ChainSettings, ConfiguredContract } from '../../src/engine/settings.ts';
import { blockNumber, deployScript, mine, playBlock } from '../bench/chain/make.ts';
import type { ChainRecipe } from '../bench/chain/recipe.ts';
import { startLiveNode } from '../bench/processes/node.ts';

export interface RecordedChain extends AsyncDisposable {
  readonly rpcUrl: string;
  readonly head: number;
  readonly contracts: readonly ConfiguredContract[];
  readonly settings: Partial<ChainSettings>;
}

const logger = pino({ level: 'warn' });
const genesisTime = 1_790_000_000n;

/** As `tracechain demo` makes it. */
export async function startDemoChain(): Promise<RecordedChain> {
  const devnet = await startDevnet({ seed: 2026, genesisTime, keptStates: 1_000, logger });
  const { player, client, anvil, contracts } = devnet;
  const send = player.send.bind(player);
  player.send = async (actions) => {
    const sent = [];
    for (const action of actions) sent.push(...(await send([action])));
    return sent;
  };
  await playHistory({
    ...devnet,
    minimumLogs: 2_000,
    actionsPerBlock: 24,
    blockIntervalSeconds: 8 * 3600,
    coversEveryEvent: true,
    signal: AbortSignal.timeout(120_000),
  });
  return {
    rpcUrl: anvil.rpcUrl,
    head: Number(await client.getBlockNumber()),
    contracts,
    settings: devnetChainSettings(devnet),
    [Symbol.asyncDispose]: async () => await anvil.stop(),
  };
}

/** As `npm run bench` makes it. */
export async function startBenchChain(recipe: ChainRecipe): Promise<RecordedChain> {
  const node = await startLiveNode(logger);
  const { contracts, script } = await deployScript(recipe, node.rpcUrl);
  for (const { emptyBefore, transactions } of script.blocks()) {
    const oneByOne = transactions.map((transaction) => ({ ...transaction, isAwaited: true as const }));
    await playBlock(node.rpcUrl, { emptyBefore, transactions: oneByOne });
  }
  await mine(node.rpcUrl, 3);
  const [registry] = contracts.filter(({ kind }) => kind === 'ProductRegistry');
  return {
    rpcUrl: node.rpcUrl,
    head: await blockNumber(node.rpcUrl),
    contracts: contracts.map((contract) =>
      contract.kind === 'NFTCertificate' && registry !== undefined
        ? { ...contract, registry: registry.address }
        : contract,
    ),
    settings: {},
    [Symbol.asyncDispose]: async () => await node.stop(),
  };
}
