/** The ledger folded again: what is right stays to the bit, what isn't is put right, and nobody sees a half. */
import { pino } from 'pino';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../src/db/client.ts';
import { startDevnet, type Devnet } from '../../src/local/devnet.ts';
import { allProjections } from '../../src/projections/all.ts';
import { replayCommand } from '../../src/replay/command.ts';
import { type ChainDigest, digestChain } from '../../src/replay/digest.ts';
import type { ReplayInput, ReplayResult } from '../../src/replay/replay.ts';
import { runCommand } from '../../src/sync/commands/run-command.ts';
import { doUnusualThings, live, mineEmptyBlocks } from '../e2e/support/life.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { copyTestDatabase, createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const chainId = 31337;
const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

let devnet: Devnet;
let original: TestDatabase;
let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  devnet = await startDevnet({ seed: 11, genesisTime: 1_790_000_000n, logger });
  original = await createTestDatabase();
  await live(devnet, { moreLogs: 400, coversEveryEvent: true });
  await doUnusualThings(devnet);
  await mineEmptyBlocks(devnet, 3);
  // Some events that aren't final.
  await live(devnet, { moreLogs: 40 });
  const daemon = startTestDaemon({
    databaseUrl: original.url,
    rpcUrl: devnet.anvil.rpcUrl,
    contracts: devnet.contracts,
  });
  await daemon.projected(Number(await devnet.client.getBlockNumber()));
  await daemon.stop();
}, 120_000);

afterAll(async () => {
  await devnet.anvil.stop();
  await original.drop();
});

beforeEach(async () => {
  database = await copyTestDatabase(original);
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

const everything: ReplayInput = { from: null, only: null, stale: false, dryRun: false };

async function replay(
  input: Partial<ReplayInput> = {},
  { projections = allProjections, batchLogs = 10_000 } = {},
): Promise<ReplayResult> {
  return await runCommand(
    replayCommand(projections, batchLogs),
    { ...everything, ...input },
    {
      databaseUrl: database.url,
      chainId,
      nodes: () => {
        throw new Error('a replay asks no node');
      },
      logger,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
}

async function digest(at?: number): Promise<ChainDigest> {
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  try {
    return await digestChain(pool, chainId, at);
  } finally {
    await pool.end();
  }
}

async function query<Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await client.query<Row>(statement, [...values])).rows;
}

const journalLength = async () =>
  (await query<{ count: string }>('select count(*) from ledger.journal'))[0]?.count;

describe('with unchanged code', () => {
  it.each([7, 100, 10_000])('nothing changes, and it says so, in batches of %i logs', async (batchLogs) => {
    const [before, entries] = [await digest(), await journalLength()];
    const result = await replay({}, { batchLogs });
    expect(result).toMatchObject({
      differences: [],
      tailRows: 0,
      resolved: 0,
      quarantined: 0,
      generation: null,
    });
    expect(result.logs).toBeGreaterThan(400);
    expect(await digest()).toEqual(before);
    expect(await journalLength()).toBe(entries);
  });

  it('nothing changes from a block on, whichever', async () => {
    const before = await digest();
    const end = before.block?.number ?? 0;
    for (const from of [1, Math.round(end / 2), end - 6, end, end + 100]) {
      expect(await replay({ from })).toMatchObject({ differences: [], tailRows: 0, generation: null });
    }
    expect(await digest()).toEqual(before);
  });

  it('nothing is due where nothing is stale', async () => {
    expect(await replay({ stale: true })).toMatchObject({ areas: [], logs: 0 });
  });
});
