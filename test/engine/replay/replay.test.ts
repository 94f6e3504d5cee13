/** Replays: correct rows stay identical to the bit, wrong rows are corrected, and readers never see a mixture. */
import { pino } from 'pino';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/db/client.ts';
import { startDevnet, type Devnet } from '../../../src/devnet/devnet.ts';
import { chainTable } from '../../../src/engine/tables.ts';
import { undoAfter } from '../../../src/engine/store/undo.ts';
import { getTableName } from 'drizzle-orm';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { type ChainDigest, digestChain, digestTables } from '../../../src/engine/store/digest.ts';
import type { ReplayInput, ReplayResult } from '../../../src/engine/replay/replay.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { doUnusualThings, live, mineEmptyBlocks } from '../../e2e/support/life.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { withChangedInserts } from './variants.ts';
import { devnetTables } from '../../support/devnet-areas.ts';
import { copyTestDatabase, createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';

const chainId = 31337;
const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

let devnet: Devnet;
let original: TestDatabase;
let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  devnet = await startDevnet({ seed: 11, genesisTime: 1_790_000_000n, logger });
  original = await createMigratedDatabase();
  await live(devnet, { moreLogs: 400, coversEveryEvent: true });
  await doUnusualThings(devnet);
  await mineEmptyBlocks(devnet, 3);
  // Some events that are not final.
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

/** The digests as of blocks along the whole chain, and the rows that an undo to each leaves. Both must agree with the journal. */
async function pastDigests(): Promise<string[]> {
  const end = (await digest()).block?.number ?? 0;
  const past: string[] = [];
  for (const at of [end - 2, Math.round(end / 2)]) {
    const told = await digest(at);
    await client.query('begin');
    await undoAfter(client, chainId, at);
    const undone = await digestTables(client, chainId);
    await client.query('rollback');
    expect(undone.tables.map(({ table, sha256 }) => [table, sha256])).toEqual(
      told.tables.map(({ table, sha256 }) => [table, sha256]),
    );
    past.push(told.sha256);
  }
  return past;
}

const summaryOf = ({ differences }: ReplayResult) =>
  differences.map(({ table, added, changed, removed, onlyHistory }) => [
    table,
    { added, changed, removed, onlyHistory },
  ]);

/** The content of a database that indexed the chain with these projections from the beginning. */
async function foldedFromScratch(
  projections: typeof allProjections,
): Promise<{ digest: ChainDigest; past: string[] }> {
  const kept = { database, client };
  database = await createMigratedDatabase();
  try {
    const daemon = startTestDaemon({
      databaseUrl: database.url,
      rpcUrl: devnet.anvil.rpcUrl,
      contracts: devnet.contracts,
      projections,
    });
    await daemon.projected(Number(await devnet.client.getBlockNumber()));
    await daemon.stop();
    client = new Client({ connectionString: database.url });
    await client.connect();
    return { digest: await digest(), past: await pastDigests() };
  } finally {
    await client.end();
    await database.drop();
    ({ database, client } = kept);
  }
}

const journalLength = async () =>
  (await query<{ count: string }>('select count(*) from ledger.journal'))[0]?.count;

describe('with unchanged code', () => {
  it.each([7, 100, 10_000])(
    'a replay with unchanged code changes nothing and reports that, in batches of %i logs',
    async (batchLogs) => {
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
    },
  );

  it('a replay with unchanged code from any block on changes nothing', async () => {
    const before = await digest();
    const end = before.block?.number ?? 0;
    for (const from of [1, Math.round(end / 2), end - 6, end, end + 100]) {
      expect(await replay({ from })).toMatchObject({ differences: [], tailRows: 0, generation: null });
    }
    expect(await digest()).toEqual(before);
  });

  it('replay --stale does nothing if nothing is stale', async () => {
    expect(await replay({ stale: true })).toMatchObject({ areas: [], logs: 0 });
  });
});

describe('rows that another writer has changed', () => {
  it('one falsified, one deleted and one invented row of each table are corrected', async () => {
    const [before, past] = [await digest(), await pastDigests()];
    await client.query(`set session_replication_role = replica`);
    const falsified: string[] = [];
    for (const name of devnetTables) {
      const table = getTableName(chainTable(name).table);
      const [first] = await query<{ id: string }>(
        `select id from public.${table} where chain_id is not null order by block_number, id limit 1`,
      );
      await client.query(`update public.${table} set log_index = log_index + 100000 where id = $1`, [
        first?.id,
      ]);
      falsified.push(table);
    }
    await client.query(`
      delete from public.checkpoints where id = (select id from public.checkpoints order by block_number desc, id limit 1);
      insert into public.certificate_verifications
        select (json_populate_record(one, json_build_object('id', gen_random_uuid()))).*
        from public.certificate_verifications as one limit 1`);
    await client.query('reset session_replication_role');
    const dry = await replay({ dryRun: true });
    expect(dry.differences.map(({ table }) => table)).toEqual(expect.arrayContaining(falsified));
    expect(dry.generation).toBeNull();
    expect(await digest()).not.toEqual(before);
    const result = await replay();
    expect(summaryOf(result)).toEqual(summaryOf(dry));
    expect(result.generation).toBe(1);
    expect(await digest()).toEqual(before);
    expect(await pastDigests()).toEqual(past);
    expect(await replay()).toMatchObject({ generation: null });
  });

  it('the corrected rows are reported column by column', async () => {
    await client.query(
      `update public.products set product_name = 'Falsified' where product_id = 1 and block_number = (select min(block_number) from products)`,
    );
    const { differences } = await replay({ dryRun: true });
    expect(differences).toMatchObject([
      {
        table: 'products',
        changed: 1,
        rows: [
          {
            change: 'changed',
            columns: { product_name: { before: 'Falsified', after: expect.any(String) } },
          },
        ],
      },
    ]);
    expect(Object.keys(differences[0]?.rows[0]?.columns ?? {})).toEqual(['product_name']);
  });

  it('wrong rows are corrected from a block on', async () => {
    const before = await digest();
    const [row] = await query<{ id: string; block_number: string }>(
      `select id, block_number from checkpoints order by block_number desc limit 1 offset 20`,
    );
    await client.query(`update checkpoints set location = 'elsewhere' where id = $1`, [row?.id]);
    const result = await replay({ from: Number(row?.block_number) - 1 });
    expect(summaryOf(result)).toEqual([
      ['checkpoints', { added: 0, changed: 1, removed: 0, onlyHistory: 0 }],
    ]);
    expect(await digest()).toEqual(before);
  });
});

describe('with changed projections', () => {
  const changed = withChangedInserts('products', 'products', (values) => ({
    ...values,
    productName: `${String(values['productName'])} II`,
  }));

  it('the changed areas become what a fold from the beginning yields, including their past', async () => {
    const expected = await foldedFromScratch(changed);
    const result = await replay({ stale: true }, { projections: changed });
    expect(result.areas).toEqual(['products', 'certificates', 'compliance']);
    expect(result.differences.map(({ table }) => table)).toEqual(['products']);
    expect(await digest()).toEqual(expected.digest);
    expect(await pastDigests()).toEqual(expected.past);
    expect(await replay({ stale: true }, { projections: changed })).toMatchObject({ areas: [] });
  }, 120_000);

  it('rows that the new code does not make disappear, and reappear with the old code', async () => {
    const [before, past] = [await digest(), await pastDigests()];
    const without = withChangedInserts('certificates', 'certificateVerifications', () => null);
    const removed = await replay({}, { projections: without });
    const rows = before.tables.find(({ table }) => table === 'certificate_verifications')?.rows ?? 0;
    expect(rows).toBeGreaterThan(0);
    expect(await query('select from certificate_verifications')).toEqual([]);
    const [counts] = removed.differences;
    expect(counts).toMatchObject({ table: 'certificate_verifications', added: 0, changed: 0 });
    await replay();
    expect(await digest()).toEqual(before);
    expect(await pastDigests()).toEqual(past);
  });

  it('columns of other owners are preserved in rows that are changed, reinserted or not final', async () => {
    await client.query(`
      update product_stakeholders set role = 'auditor';
      update traceability_chain set distance_km = 12;
      update trace_points set description = 'a note';
      insert into staking_pools (pool_name, pool_type) values ('application', 'application')`);
    const others = async () => [
      await query('select id, role from product_stakeholders order by id'),
      await query('select id, distance_km from traceability_chain order by id'),
      await query('select id, description from trace_points order by id'),
      await query('select pool_name from staking_pools where chain_id is null'),
      await query('select id, status, gas_used, gas_price from trace_token_transactions order by id'),
      await query('select id, product_id from nft_certificates order by id'),
      await query('select id, product_id from payment_contracts order by id'),
    ];
    const before = await others();
    await replay({}, { projections: changed });
    expect(await others()).toEqual(before);
    await replay();
    expect(await others()).toEqual(before);
  });

  it('readers see all old rows or all new ones, never a mixture', async () => {
    const stop = new AbortController();
    const seen = new Set<string>();
    const reading = (async () => {
      const reader = new Client({ connectionString: database.url });
      await reader.connect();
      while (!stop.signal.aborted) {
        const { rows } = await reader.query<{ state: string }>(
          `select case when bool_and(product_name like '% II') then 'new' when bool_or(product_name like '% II') then 'half' else 'old' end as state
           from products where block_number = changed_block_number or changed_block_number is null`,
        );
        seen.add(rows[0]?.state ?? 'none');
      }
      await reader.end();
    })();
    try {
      await replay({}, { projections: changed });
    } finally {
      stop.abort();
      await reading;
    }
    expect([...seen].filter((state) => state === 'half')).toEqual([]);
    expect(seen).toContain('old');
  });
});
