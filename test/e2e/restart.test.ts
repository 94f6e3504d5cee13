/** However a chain reaches the tables, in one go or in pieces, with a kill in between, they are the same to the letter. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet } from '../../src/devnet/devnet.ts';
import type { Devnet } from '../../src/devnet/devnet.ts';
import { startTestDaemon, testSettings } from '../support/daemon.ts';
import type { TestDaemonOptions } from '../support/daemon.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import { dumpDifferences, dumpSettled } from './support/dump.ts';
import type { Dump } from './support/dump.ts';
import { live, mineEmptyBlocks, mineNoFasterThan } from './support/life.ts';

type Way = Pick<TestDaemonOptions, 'overrides' | 'webSocketUrl'>;

/** Weeks of life take a while on a busy machine. */
const patienceMs = 120_000;

let devnet: Devnet;
let head: number;
/** As one daemon keeps the tables that began before there was anything, and followed the head by polling. */
let followed: { readonly polling: Dump; readonly webSocket: Dump };

beforeAll(async () => {
  devnet = await startDevnet({ seed: 5, genesisTime: 1_790_000_000n, logger: pino({ level: 'warn' }) });
  const { webSocketUrl } = devnet.anvil;
  const databases = await Promise.all([createMigratedDatabase(), createMigratedDatabase()]);
  const [polling, webSocket] = [databases[0], databases[1]].map(({ url }, index) =>
    startTestDaemon(optionsFor(url, index === 0 ? {} : { webSocketUrl })),
  ) as [ReturnType<typeof startTestDaemon>, ReturnType<typeof startTestDaemon>];
  mineNoFasterThan(devnet, [polling, webSocket]);
  await live(devnet, { moreLogs: 350, coversEveryEvent: true });
  await mineEmptyBlocks(devnet, 6);
  head = Number(await devnet.client.getBlockNumber());
  await Promise.all([polling.projected(head), webSocket.projected(head)]);
  followed = { polling: await dumpSettled(databases[0].url), webSocket: await dumpSettled(databases[1].url) };
  await Promise.all([polling.stop(), webSocket.stop()]);
  await Promise.all(databases.map((database) => database.drop()));
}, patienceMs);

afterAll(async () => {
  await devnet.anvil.stop();
});

function optionsFor(databaseUrl: string, way: Way): TestDaemonOptions {
  return { databaseUrl, rpcUrl: devnet.anvil.rpcUrl, contracts: devnet.contracts, ...way };
}

/** Backfills the whole chain into a database of its own. */
async function backfill(way: Way, before?: (databaseUrl: string) => Promise<void>): Promise<Dump> {
  const database = await createMigratedDatabase();
  try {
    await before?.(database.url);
    const daemon = startTestDaemon(optionsFor(database.url, way));
    await daemon.projected(head);
    const dump = await dumpSettled(database.url);
    await daemon.stop();
    return dump;
  } finally {
    await database.drop();
  }
}

test('a head followed by WebSocket and one that is polled give the same', () => {
  expect(dumpDifferences(followed.webSocket, followed.polling)).toEqual([]);
  expect(followed.polling['journal']?.length).toBeGreaterThan(300);
});

test.each<[string, Way]>([
  ['one range, one batch', {}],
  [
    'ranges of one block, batches of one log, and the node’s word for it',
    {
      overrides: {
        ingest: { maximumRangeBlocks: 1 },
        projection: { batchLogs: 1 },
        chain: { completeness: 'logs' },
      },
    },
  ],
  [
    'ranges of seven blocks, batches of fifty logs, a chain of headers, and calls one by one',
    {
      overrides: {
        ingest: { maximumRangeBlocks: 7 },
        projection: { batchLogs: 50 },
        chain: { completeness: 'hash', multicall3: null },
      },
    },
  ],
])('a backfill by %s gives what following the head gave', async (_, way) => {
  expect(dumpDifferences(await backfill(way), followed.polling)).toEqual([]);
});

test(
  'a daemon that is killed in the middle of its backfill, twice, ends with the same',
  async () => {
    // Slow enough to be caught, by as many transactions as there can be.
    const way: Way = { overrides: { ingest: { maximumRangeBlocks: 3 }, projection: { batchLogs: 1 } } };
    const reached: number[] = [];
    const dump = await backfill(way, async (databaseUrl) => {
      for (const part of [0.3, 0.6])
        reached.push(await runUntilKilled(databaseUrl, way, Math.ceil(head * part)));
    });
    expect(reached.every((block) => block < head)).toBe(true);
    expect(dumpDifferences(dump, followed.polling)).toEqual([]);
  },
  patienceMs,
);

/** Runs a daemon in a process of its own and kills it once it has projected a block; returns how far it was. */
async function runUntilKilled(databaseUrl: string, way: Way, block: number): Promise<number> {
  const script = fileURLToPath(new URL('./support/daemon-process.ts', import.meta.url));
  const settings = JSON.stringify(testSettings(optionsFor(databaseUrl, way)));
  const child = spawn(process.execPath, [script, settings], { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    while ((await projectedBlock(client)) < block) {
      if (child.exitCode !== null) throw new Error(`the daemon ended by itself with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGKILL');
    await gone;
    return await projectedBlock(client);
  } finally {
    child.kill('SIGKILL');
    await client.end();
  }
}

async function projectedBlock(client: Client): Promise<number> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    `select to_regclass('ledger.cursors') is not null as there`,
  );
  if (tables[0]?.there !== true) return -1;
  const { rows } = await client.query<{ reached: number }>(
    `select block_number::float8 as reached from ledger.cursors where stream = 'projection'`,
  );
  return rows[0]?.reached ?? -1;
}
