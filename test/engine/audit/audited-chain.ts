/** A chain with a history of weeks, a database that a daemon has filled from it, and audits that compare the two. */
import { Client } from 'pg';
import { pino } from 'pino';
import { createNode } from '../../../src/engine/rpc/node.ts';
import type { AuditResult } from '../../../src/engine/audit/findings/result.ts';
import { tracechain } from '../../../src/tracechain/audits.ts';
import { runAudit } from '../../../src/engine/audit/run.ts';
import type { AuditOptions } from '../../../src/engine/audit/context.ts';
import { createPool } from '../../../src/db/client.ts';
import { type Devnet, startDevnet } from '../../../src/devnet/devnet.ts';
import type { Command } from '../../../src/engine/leader/commands/command.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { multicall3Address } from '../../../contracts-fixtures/deploy.ts';
import { doUnusualThings, live, mineEmptyBlocks } from '../../e2e/support/life.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';

export interface AuditedChain {
  readonly devnet: Devnet;
  readonly databaseUrl: string;
  readonly chainId: number;
  /** By default a full audit that is not recorded. */
  audit(overrides?: Partial<AuditOptions>): Promise<AuditResult>;
  /** Lets a daemon index the chain to its head, and enough blocks further that all of that is final. */
  follow(): Promise<void>;
  /** Executes a command with a temporary leader. */
  command<Input, Result>(command: Command<Input, Result>, input: Input): Promise<Result>;
  /** Runs statements with all triggers and constraints disabled, without the indexer's knowledge. */
  tamper(...statements: readonly string[]): Promise<void>;
  query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** The daemon's finality depth in tests is five blocks. */
const blocksUntilFinal = 6;

export async function startAuditedChain(seed: number, moreLogs: number): Promise<AuditedChain> {
  const [devnet, database] = await Promise.all([
    startDevnet({ seed, keptStates: 1_000, genesisTime: 1_790_000_000n, logger: pino({ level: 'warn' }) }),
    createMigratedDatabase(),
  ]);
  await live(devnet, { moreLogs, coversEveryEvent: true });
  await doUnusualThings(devnet);
  const chain = new FilledChain(devnet, database);
  await chain.follow();
  return chain;
}

class FilledChain implements AuditedChain {
  readonly devnet: Devnet;
  readonly #database: TestDatabase;
  readonly chainId = 31337;

  constructor(devnet: Devnet, database: TestDatabase) {
    this.devnet = devnet;
    this.#database = database;
  }

  get databaseUrl(): string {
    return this.#database.url;
  }

  async follow(): Promise<void> {
    const { devnet } = this;
    await mineEmptyBlocks(devnet, blocksUntilFinal);
    const daemon = startTestDaemon({
      databaseUrl: this.databaseUrl,
      rpcUrl: devnet.anvil.rpcUrl,
      contracts: devnet.contracts,
    });
    await daemon.projected(Number(await devnet.client.getBlockNumber()));
    await daemon.stop();
  }

  async audit(overrides: Partial<AuditOptions> = {}): Promise<AuditResult> {
    const pool = createPool({
      connectionString: this.databaseUrl,
      applicationName: 'tracechain audit test',
      onConnectionError: () => undefined,
    });
    try {
      return await runAudit({
        subject: tracechain,
        pool,
        nodes: [createNode({ url: this.devnet.anvil.rpcUrl })],
        chainId: this.chainId,
        at: null,
        areas: null,
        isFull: true,
        sample: null,
        isRecorded: false,
        startedBy: 'test',
        multicall3: multicall3Address,
        maximumReadBytes: 1_000_000,
        now: () => new Date(),
        ...overrides,
      });
    } finally {
      await pool.end();
    }
  }

  async command<Input, Result>(command: Command<Input, Result>, input: Input): Promise<Result> {
    return await runCommand(command, input, {
      databaseUrl: this.databaseUrl,
      chainId: this.chainId,
      nodes: () => {
        throw new Error('these commands ask no node');
      },
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(60_000),
      onProgress: () => undefined,
    });
  }

  async tamper(...statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      await client.query('set session_replication_role = replica');
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async query<Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(statement, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.devnet.anvil.stop();
    await this.#database.drop();
  }
}
