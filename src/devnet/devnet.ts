/** The devnet: anvil with the fixture contracts, and simulated users of them. */
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { mnemonicToAccount } from 'viem/accounts';
import { z } from 'zod';
import {
  connectFixtureClients,
  deployFixtures,
  installMulticall3,
  multicall3Address,
} from '../../contracts-fixtures/deploy.ts';
import type { FixtureAddresses } from '../../contracts-fixtures/deploy.ts';
import { CannotRunError, required } from '../primitives/errors.ts';
import { toAddress } from '../primitives/hex.ts';
import type { Address } from '../primitives/hex.ts';
import type { ChainSettings, ConfiguredContract } from '../engine/settings.ts';
import { makeAccounts, accountCount } from './activity/accounts.ts';
import { kindOfFixture } from './activity/contracts.ts';
import { planOpening } from './activity/opening.ts';
import { connectDevnetClient, Runner, unlockedAccounts } from './activity/runner.ts';
import type { DevnetClient } from './activity/runner.ts';
import { seededRandom } from './activity/random.ts';
import type { Scene } from './activity/steps/step.ts';
import { World } from './activity/world/world.ts';
import { startAnvil } from './anvil.ts';
import type { AnvilServer } from './anvil.ts';
import { isThere, readJsonIfThere, replaceFile } from './data-folder/files.ts';

const devnetChainId = 31337;

/** Foundry's well-known development mnemonic, from which anvil derives its unlocked accounts. */
const developmentMnemonic = 'test test test test test test test test test test test junk';

/** Enough for a few hundred transactions per block, including deployments. */
const blockGasLimit = 3_000_000_000;

/**
 * Number of blocks whose states the node keeps while it runs. Contracts are read at the block of their event, so this limits how far
 * the daemon may lag, including the history of a new chain. Each state is a full copy: keeping all would fill memory and disk within
 * hours. The state file has only the last one.
 */
const usualKeptStates = 128;

export interface DevnetOptions {
  /** Number of blocks whose state can be read; each costs a full copy. */
  readonly keptStates?: number;
  /** Persists the chain in this file. */
  readonly stateFile?: string;
  readonly seed: number;
  /** Unix seconds of a new chain's first block. */
  readonly genesisTime: bigint;
  readonly preferredPort?: number;
  readonly logger: Logger;
}

export interface Devnet {
  readonly anvil: AnvilServer;
  readonly client: DevnetClient;
  readonly fixtures: FixtureAddresses;
  readonly contracts: readonly ConfiguredContract[];
  readonly multicall3: Address;
  readonly scene: Scene;
  readonly player: Runner;
  /** False if it continues the chain of an earlier start. */
  readonly isNew: boolean;
}

/**
 * Starts anvil and, on a new chain, deploys the contracts and funds the users. Blocks are mined on demand only, until interval mining is
 * switched on.
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const { stateFile, preferredPort, logger } = options;
  const kept = stateFile === undefined ? undefined : await readRecord(stateFile);
  const genesisTime = kept?.genesisTime ?? options.genesisTime;
  const anvil = await startAnvil({
    chainId: devnetChainId,
    logger,
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(preferredPort === undefined ? {} : { preferredPort }),
    // No later run uses the state of a killed run, so it is enough to write it when anvil stops.
    stateIntervalSeconds: 86_400,
    preserveHistoricalStates: false,
    extraArguments: [
      '--accounts',
      String(accountCount),
      '--gas-limit',
      String(blockGasLimit),
      '--order',
      'fifo',
      // Final two blocks behind the head, as on a chain with fast finality.
      '--slots-in-an-epoch',
      '1',
      '--prune-history',
      String(options.keptStates ?? usualKeptStates),
      // Also with a persistent chain: anvil makes a block 0 before it loads the chain. With another time, that would be
      // a second block 0, which replaces the first one at a later start.
      '--timestamp',
      String(genesisTime),
    ],
  });
  try {
    const devnet = await settleOn(anvil, kept?.fixtures, options);
    if (stateFile !== undefined) await keepRecord(stateFile, { genesisTime, fixtures: devnet.fixtures });
    return devnet;
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

/** How the daemon follows the devnet. */
export function devnetChainSettings({ anvil, multicall3 }: Devnet): Partial<ChainSettings> {
  return {
    rpcUrls: [anvil.rpcUrl],
    webSocketUrls: [anvil.webSocketUrl],
    expectedChainId: anvil.chainId,
    finality: { kind: 'tag' },
    pollIntervalMs: 1000,
    multicall3,
  };
}

async function settleOn(
  anvil: AnvilServer,
  kept: FixtureAddresses | undefined,
  options: DevnetOptions,
): Promise<Devnet> {
  const client = connectDevnetClient(anvil.rpcUrl);
  const fixtures = kept ?? (await deploy(client, anvil.rpcUrl));
  await client.setAutomine(false);
  const world = new World(fixtures);
  const player = new Runner(client, world);
  await player.observe();
  const scene: Scene = {
    world,
    cast: makeAccounts(await unlockedAccounts(client)),
    // A different seed at every start on the same chain: the same seed would repeat batch numbers.
    random: seededRandom(options.seed + world.logCount),
  };
  const devnet = {
    anvil,
    client,
    fixtures,
    contracts: await configureContracts(client, fixtures),
    multicall3: multicall3Address,
    scene,
    player,
    isNew: kept === undefined,
  };
  if (devnet.isNew) await open(devnet, options.genesisTime);
  return devnet;
}

/** Timestamps of one second per block, regardless of the real time: the chain's times depend only on the seed and the genesis. */
async function deploy(client: DevnetClient, rpcUrl: string): Promise<FixtureAddresses> {
  await client.setBlockTimestampInterval({ interval: 1 });
  await installMulticall3(rpcUrl);
  const operator = mnemonicToAccount(developmentMnemonic);
  const fixtures = await deployFixtures(await connectFixtureClients(rpcUrl, operator));
  await client.removeBlockTimestampInterval();
  return fixtures;
}

const openingSeconds = 3600n;

async function open({ player, scene }: Devnet, genesisTime: bigint): Promise<void> {
  await player.mine(genesisTime + openingSeconds);
  await player.observe();
  await player.send(planOpening(scene));
  await player.mine(scene.world.time + openingSeconds);
  await player.observe();
}

/**
 * Returns the contracts to index: each from the block in which its constructor announced its owner, with product ids of the devnet's
 * registry.
 */
async function configureContracts(
  client: DevnetClient,
  fixtures: FixtureAddresses,
): Promise<readonly ConfiguredContract[]> {
  const creations = await client.getLogs({ address: Object.values(fixtures), fromBlock: 0n });
  return Object.entries(kindOfFixture).map(([name, kind]): ConfiguredContract => {
    const address = fixtures[name as keyof FixtureAddresses];
    const creation = required(
      creations.find((log) => toAddress(log.address) === address),
      `the first log of ${kind}`,
    );
    const contract = { kind, address, startBlock: Number(creation.blockNumber) };
    const registry = fixtures.productRegistry;
    switch (kind) {
      case 'NFTCertificate':
      case 'PaymentContract':
      case 'ComplianceContract':
        return { ...contract, registry };
      case 'NFTFactory':
        return { ...contract, childRegistry: registry };
      default:
        return contract;
    }
  });
}

const fixtureNames = Object.keys(kindOfFixture) as (keyof FixtureAddresses)[];
const recordSchema = z.object({
  genesisTime: z.string().regex(/^\d+$/).transform(BigInt),
  fixtures: z.record(z.enum(fixtureNames), z.string().transform(toAddress)),
});

/** What the next start needs to know of a persistent chain. */
interface DevnetRecord {
  readonly genesisTime: bigint;
  readonly fixtures: FixtureAddresses;
}

function recordFile(stateFile: string): string {
  return join(dirname(stateFile), 'devnet.json');
}

async function keepRecord(stateFile: string, { genesisTime, fixtures }: DevnetRecord): Promise<void> {
  const record = { genesisTime: String(genesisTime), fixtures };
  await replaceFile(recordFile(stateFile), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Undefined if there is no earlier chain. */
async function readRecord(stateFile: string): Promise<DevnetRecord | undefined> {
  if (!(await isThere(stateFile))) return undefined;
  const file = recordFile(stateFile);
  const record = recordSchema.safeParse(await readJsonIfThere(file));
  if (record.success) return record.data;
  throw new CannotRunError(`The devnet's chain exists, but ${file} does not say which contracts are on it.`, {
    code: 'local/no-devnet-file',
    fix: 'Start with --fresh, which deletes the local data.',
    cause: record.error,
  });
}
