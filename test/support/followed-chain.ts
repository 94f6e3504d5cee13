/**
 * The fixtures on a devnet with databases and daemons that follow it, for tests that tell a chain what to do and look at the rows.
 * Every test begins with the chain as it was after the deployment, and with databases of its own.
 */
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { privateKeyToAccount } from 'viem/accounts';
import { productRegistryAbi } from '../../abis/index.ts';
import {
  connectFixtureClients,
  deployFixtures,
  type FixtureAddresses,
  type FixtureClients,
  installMulticall3,
} from '../../contracts-fixtures/deploy.ts';
import type { AnvilServer } from '../../src/devnet/anvil.ts';
import { required } from '../../src/primitives/errors.ts';
import { startTestAnvil } from './anvil.ts';
import { fixtureContracts, startTestDaemon, type TestDaemon, type TestDaemonOptions } from './daemon.ts';
import { callNode } from './json-rpc.ts';
import { copyTestDatabase, createMigratedDatabase, type TestDatabase } from './postgres.ts';

/** The first of the accounts that anvil unlocks; it owns the fixtures. */
export const deployer = privateKeyToAccount(
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
);

export class FollowedChain {
  #anvil: AnvilServer | null = null;
  #clients: FixtureClients | null = null;
  #addresses: FixtureAddresses | null = null;
  #snapshot: unknown = null;
  #databases: TestDatabase[] = [];
  #daemons: TestDaemon[] = [];
  /** What all tests have in common: each begins with a copy. */
  #prepared: TestDatabase | null = null;

  get rpcUrl(): string {
    return required(this.#anvil, 'the devnet').rpcUrl;
  }

  get clients(): FixtureClients {
    return required(this.#clients, 'the devnet’s clients');
  }

  get addresses(): FixtureAddresses {
    return required(this.#addresses, 'the fixtures');
  }

  /** The test's first database. */
  get databaseUrl(): string {
    return required(this.#databases[0], 'the test’s database').url;
  }

  async open(): Promise<void> {
    this.#anvil = await startTestAnvil();
    this.#clients = await connectFixtureClients(this.rpcUrl, deployer);
    await installMulticall3(this.rpcUrl);
    this.#addresses = await deployFixtures(this.clients);
  }

  /** Does what all tests of the file begin with, once; every daemon that it starts is stopped before the first of them. */
  async prepare(work: (chain: FollowedChain) => Promise<void>): Promise<void> {
    const database = await createMigratedDatabase();
    this.#databases = [database];
    try {
      await work(this);
    } finally {
      await this.#stopDaemons();
    }
    this.#prepared = database;
  }

  async close(): Promise<void> {
    await this.#anvil?.stop();
    await this.#prepared?.drop();
  }

  async begin(): Promise<void> {
    const prepared = this.#prepared;
    this.#databases = [await (prepared === null ? createMigratedDatabase() : copyTestDatabase(prepared))];
    this.#daemons = [];
    this.#snapshot = await this.node('evm_snapshot');
  }

  async end(): Promise<void> {
    await this.#stopDaemons();
    await this.node('evm_revert', this.#snapshot);
    await Promise.all(this.#databases.map(async (database) => await database.drop()));
  }

  async #stopDaemons(): Promise<void> {
    await Promise.allSettled(this.#daemons.map(async (daemon) => await daemon.stop()));
    this.#daemons = [];
  }

  /** A daemon that follows the chain into the test's database; it is stopped with the test. */
  start(options: Partial<TestDaemonOptions> = {}): TestDaemon {
    const { databaseUrl, rpcUrl } = this;
    const contracts = fixtureContracts(this.addresses);
    const daemon = startTestDaemon({ databaseUrl, rpcUrl, contracts, ...options });
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Another database, dropped with the test. */
  async anotherDatabase(): Promise<string> {
    const database = await createMigratedDatabase();
    this.#databases.push(database);
    return database.url;
  }

  async node(method: string, ...parameters: readonly unknown[]): Promise<unknown> {
    return await callNode(this.rpcUrl, method, parameters);
  }

  /** Mines empty blocks and returns the head's number. */
  async mine(blocks: number): Promise<number> {
    await this.node('anvil_mine', `0x${blocks.toString(16)}`);
    return await this.head();
  }

  async head(): Promise<number> {
    return Number(await this.node('eth_blockNumber'));
  }

  /** Registers a product and returns its block's number. */
  async register(batchNumber: string): Promise<number> {
    const hash = await this.clients.walletClient.writeContract({
      address: this.addresses.productRegistry,
      abi: productRegistryAbi,
      functionName: 'registerProduct',
      args: ['Arabica', 'Food', batchNumber, 1_700_000_000n, 0n, ['beans'], 'ipfs://x'],
    });
    return Number((await this.clients.publicClient.waitForTransactionReceipt({ hash })).blockNumber);
  }

  async query<Row extends object>(statement: string, url = this.databaseUrl): Promise<Row[]> {
    return await queryDatabase<Row>(statement, url);
  }
}

/** The rows of one statement, on a connection of its own. */
export async function queryDatabase<Row extends object>(statement: string, url: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A followed chain for all tests of a file; `prepare` does, once, what all of them begin with. */
export function followChain(prepare?: (chain: FollowedChain) => Promise<void>): FollowedChain {
  const chain = new FollowedChain();
  beforeAll(async () => {
    await chain.open();
    if (prepare !== undefined) await chain.prepare(prepare);
  });
  afterAll(async () => await chain.close());
  beforeEach(async () => await chain.begin());
  afterEach(async () => await chain.end());
  return chain;
}
