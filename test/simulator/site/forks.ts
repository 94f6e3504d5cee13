/**
 * Two nodes with one shared history: the ten contracts and some days of activity. Each run starts there and
 * diverges.
 */
import { pino } from 'pino';
import { mnemonicToAccount } from 'viem/accounts';
import {
  connectFixtureClients,
  deployFixtures,
  type FixtureAddresses,
  installMulticall3,
} from '../../../contracts-fixtures/deploy.ts';
import type { Action } from '../../../src/devnet/activity/action.ts';
import { accountCount } from '../../../src/devnet/activity/accounts.ts';
import { planOpening } from '../../../src/devnet/activity/opening.ts';
import { planCoveringRound, planRound } from '../../../src/devnet/activity/planner.ts';
import { type Random, seededRandom } from '../../../src/devnet/activity/random.ts';
import type { Scene } from '../../../src/devnet/activity/steps/step.ts';
import { startAnvil } from '../../../src/devnet/anvil.ts';
import { required } from '../../../src/primitives/errors.ts';
import type { ConfiguredContract } from '../../../src/engine/settings.ts';
import { fixtureContracts } from '../../support/daemon.ts';
import { Fork, type BlockPlan } from './fork.ts';
import { Onlooker } from './onlooker.ts';

export const simulatedChainId = 31_337;
const genesisTime = 1_790_000_000;
/** The seconds between the blocks of the deployment, which anvil chooses itself. */
const deploymentIntervalSeconds = 12;
/**
 * Days of activity precede every run. The run's own blocks come at the rate of a fast chain, from which the
 * daemon derives its silence limit.
 */
const lifeIntervalSeconds = 6n * 3600n;
const runIntervalSeconds = 1n;
/** The number of blocks from which the daemon measures the block rate. */
const quickBlocks = 33;
const baseSeed = 7;
const baseRounds = 4;
const actionsPerBaseRound = 10;
const developmentMnemonic = 'test test test test test test test test test test test junk';

export interface Forks {
  readonly first: Fork;
  readonly second: Fork;
  readonly fixtures: FixtureAddresses;
  readonly contracts: readonly ConfiguredContract[];
  /** Reverts both nodes to the start of every run. */
  reset(): Promise<void>;
  /** Plans a block of the accounts' next actions on this fork, in its current state. */
  plan(fork: Fork, random: Random, actions: number): Promise<BlockPlan>;
  /** Plans an empty block. */
  planEmpty(fork: Fork): Promise<BlockPlan>;
  stop(): Promise<void>;
}

export async function startForks(): Promise<Forks> {
  const [first, second] = await Promise.all([startFork('first'), startFork('second')]);
  const { fork, fixtures } = first;
  const onlookers = new Map([first, second].map((one) => [one.fork, new Onlooker(one.fork, fixtures)]));
  const onlookerOf = (on: Fork): Onlooker => required(onlookers.get(on), 'the onlooker of a fork');
  const forks: Omit<Forks, 'stop' | 'reset'> = {
    first: fork,
    second: second.fork,
    fixtures,
    contracts: fixtureContracts(fixtures),
    plan: async (on, random, actions) =>
      await planBlock(
        { onlooker: onlookerOf(on), random, intervalSeconds: runIntervalSeconds },
        actions,
        planRound,
      ),
    planEmpty: async (on) => ({ timestamp: (await on.headTime()) + runIntervalSeconds, actions: [] }),
  };
  const random = seededRandom(baseSeed);
  const rounds = [(scene: Scene) => planOpening(scene), ...Array(baseRounds).fill(planCoveringRound)];
  for (const round of rounds) {
    const stage = { onlooker: onlookerOf(fork), random, intervalSeconds: lifeIntervalSeconds };
    const plan = await planBlock(stage, actionsPerBaseRound, round);
    await Promise.all([fork.mine(plan), second.fork.mine(plan)]);
  }
  for (let block = 0; block < quickBlocks; block += 1) {
    const plan = await forks.planEmpty(fork);
    await Promise.all([fork.mine(plan), second.fork.mine(plan)]);
  }
  await Promise.all([fork.keepAsBase(), second.fork.keepAsBase()]);
  const [ours, theirs] = await Promise.all([fork.hashAt(fork.head), second.fork.hashAt(fork.head)]);
  if (ours !== theirs) throw new Error('the two nodes began with different chains');
  return {
    ...forks,
    async reset() {
      await Promise.all([fork.become([]), second.fork.become([])]);
    },
    async stop() {
      await Promise.all([fork.anvil.stop(), second.fork.anvil.stop()]);
    },
  };
}

async function startFork(name: string): Promise<{ fork: Fork; fixtures: FixtureAddresses }> {
  const anvil = await startAnvil({
    chainId: simulatedChainId,
    logger: pino({ level: 'warn' }),
    extraArguments: [
      ['--accounts', String(accountCount)],
      ['--gas-limit', '3000000000'],
      ['--order', 'fees'],
      ['--prune-history', '1000'],
      ['--timestamp', String(genesisTime)],
    ].flat(),
  });
  const fork = new Fork(name, anvil);
  await fork.request('anvil_setBlockTimestampInterval', deploymentIntervalSeconds);
  await installMulticall3(anvil.rpcUrl);
  const clients = await connectFixtureClients(anvil.rpcUrl, mnemonicToAccount(developmentMnemonic));
  const fixtures = await deployFixtures(clients);
  await fork.request('evm_setAutomine', false);
  await fork.keepAsBase();
  return { fork, fixtures };
}

type Rounds = (scene: Scene, size: number) => readonly Action[];

interface Stage {
  readonly onlooker: Onlooker;
  readonly random: Random;
  /** Seconds since the previous block. */
  readonly intervalSeconds: bigint;
}

async function planBlock(
  { onlooker, random, intervalSeconds }: Stage,
  actions: number,
  round: Rounds,
): Promise<BlockPlan> {
  const { world, cast } = await onlooker.look();
  return {
    timestamp: world.time + intervalSeconds,
    actions: round({ world, cast, random }, actions),
  };
}
