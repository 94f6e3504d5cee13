/** Compares the digest with its published definition, using only docs/digest.md, plain COPY statements, and sha256sum. */
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, withTransaction } from '../../../src/db/client.ts';
import { BatchRows } from '../../../src/engine/projection/rows.ts';
import { type ChainDigest, digestChain } from '../../../src/engine/store/digest.ts';
import { saveEffect } from '../../../src/engine/store/save.ts';
import { runTracechain } from '../../cli/run.ts';
import { chainId } from '../ledger/chain-values.ts';
import { effectOf, eventOf, insertRow, newRows, tableNames } from '../store/world.ts';
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';

const rowCount = 25;
const blockHash = 'ab'.repeat(32);

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  await fill();
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Rows of every table, with the most hostile values that a contract can produce, and a cursor. */
async function fill(): Promise<void> {
  const rows = new BatchRows([]);
  for (const [number, values] of fc.sample(newRows, { numRuns: rowCount, seed: 7 }).entries()) {
    rows.during(eventOf(number, 0, number), () => {
      for (const table of tableNames) insertRow(rows, table, number, values[table]);
    });
  }
  await withTransaction(pool, async (client) => {
    await saveEffect(client, { chainId, effect: effectOf(rows), final: null });
    await client.query(
      `insert into ledger.cursors (chain_id, stream, block_number, block_hash, epoch)
       values ($1, 'projection', $2, decode($3, 'hex'), 1)`,
      [chainId, rowCount - 1, blockHash],
    );
    await client.query(
      `insert into ledger.chains (chain_id, genesis_hash, completeness_level) values ($1, decode($2, 'hex'), 'bloom')`,
      [chainId, blockHash],
    );
  });
}

/** The description of each table in docs/digest.md. */
async function publishedColumns(): Promise<Map<string, string[]>> {
  const page = await readFile(new URL('../../../docs/digest.md', import.meta.url), 'utf8');
  const lines = [...page.matchAll(/^\| `(?<table>\w+)` \| (?<columns>.+) \|$/gm)];
  return new Map(
    lines.map(({ groups }) => [
      groups?.['table'] ?? '',
      [...(groups?.['columns'] ?? '').matchAll(/`(\w+)`/g)].map(([, column]) => column ?? ''),
    ]),
  );
}

/** Follows the page: one file per table, named after the table, and the output of sha256sum for them. */
async function recompute(at?: number): Promise<{ lines: string; all: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tracechain-digest-'));
  const client = new Client({
    connectionString: database.url,
    options: '-c timezone=UTC -c datestyle=ISO -c bytea_output=hex',
  });
  await client.connect();
  try {
    const published = await publishedColumns();
    for (const [table, columns] of published) {
      const relation = at === undefined ? `public.${table}` : `ledger.${table}_as_of(${chainId}, ${at})`;
      const statement = `copy (select ${columns.join(', ')} from ${relation} where chain_id = ${chainId} order by id) to stdout`;
      await pipeline(client.query(copyTo(statement)), createWriteStream(join(folder, table)));
    }
    const lines = execFileSync('sha256sum', [...published.keys()], { cwd: folder, encoding: 'utf8' });
    const all = execFileSync('sha256sum', { input: lines, encoding: 'utf8' }).slice(0, 64);
    return { lines, all };
  } finally {
    await client.end();
    await rm(folder, { recursive: true });
  }
}

const linesOf = ({ tables }: ChainDigest) =>
  tables.map(({ table, sha256 }) => `${sha256}  ${table}\n`).join('');

describe('digest', () => {
  it('the digest equals its definition, computed with plain COPY and sha256sum', async () => {
    const digest = await digestChain(pool, chainId);
    const { lines, all } = await recompute();
    expect(linesOf(digest)).toBe(lines);
    expect(digest.sha256).toBe(all);
  });

  it('the digest counts rows, regardless of line ends in their values', async () => {
    const digest = await digestChain(pool, chainId);
    expect(digest.tables.map(({ rows }) => rows)).toEqual(tableNames.map(() => rowCount));
    expect(digest.rows).toBe(tableNames.length * rowCount);
    expect(digest.block).toEqual({ number: rowCount - 1, hash: `0x${blockHash}` });
  });

  it('the digest does not depend on the settings of the session and the database', async () => {
    const before = await digestChain(pool, chainId);
    const name = new URL(database.url).pathname.slice(1);
    await pool.query(`alter database ${name} set bytea_output = 'escape'`);
    const other = createPool({
      connectionString: database.url,
      applicationName: 'test',
      onConnectionError: () => undefined,
    });
    expect(await digestChain(other, chainId)).toEqual(before);
    await other.end();
    await pool.query(`alter database ${name} reset bytea_output`);
  });

  it('the digest excludes columns of other owners than the chain', async () => {
    const before = await digestChain(pool, chainId);
    await pool.query(`
      update products set updated_at = now();
      update product_stakeholders set role = 'auditor';
      update traceability_chain set distance_km = 12;
      update trace_token_transactions set status = 'confirmed', confirmed_at = now(), gas_used = 21000;
      update nft_certificates set product_id = null;
      update users set company_name = 'Somebody''s';
      insert into staking_pools (pool_name, pool_type) values ('application', 'application');
      insert into system_events (event_type, severity, source) values ('upgrade', 'info', 'daemon')`);
    expect(await digestChain(pool, chainId)).toEqual(before);
  });

  it('any changed chain-owned value changes the digest of its table and no other', async () => {
    const before = await digestChain(pool, chainId);
    await pool.query(
      `update checkpoints set location = location || ' ' where log_index = 0 and block_number = 3`,
    );
    const after = await digestChain(pool, chainId);
    const changed = after.tables.filter(({ sha256 }, index) => sha256 !== before.tables[index]?.sha256);
    expect(changed.map(({ table }) => table)).toEqual(['checkpoints']);
    expect(after.sha256).not.toBe(before.sha256);
  });

  it('the digest as of an earlier block is that of the rows at that time', async () => {
    const digest = await digestChain(pool, chainId, 10);
    const { lines, all } = await recompute(10);
    expect(linesOf(digest)).toBe(lines);
    expect(digest).toMatchObject({ rows: tableNames.length * 11, sha256: all, block: { number: 10 } });
    await expect(digestChain(pool, chainId, rowCount)).rejects.toMatchObject({
      code: 'replay/block-not-told',
      message: expect.stringContaining('not in the tables yet'),
    });
  });

  it('the digest command prints the digest and the hashed statements', async () => {
    const environment = { DATABASE_URL: database.url };
    const [json, text] = await Promise.all([
      runTracechain(['digest', '--json'], { environment }),
      runTracechain(['digest'], { environment }),
    ]);
    const digest = await digestChain(pool, chainId);
    expect(JSON.parse(json.output)).toEqual(digest);
    expect(text.output).toContain(digest.sha256);
    expect(text.output).toContain(`${rowCount - 1} 0x${blockHash}`);
    expect([json.code, text.code]).toEqual([0, 0]);
    expect((await runTracechain(['digest', '--chain', '5'], { environment })).code).toBe(2);
  });
});
