/** Partitions of the ledger and the journal by chain and block range: created in advance, and removed without blocking other sessions. */
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

const tables = ['blocks', 'journal', 'logs', 'reads'];

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = await connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function connect(): Promise<Client> {
  const connected = new Client({ connectionString: database.url });
  await connected.connect();
  return connected;
}

async function rangesOf(chainId: number, table: string, asking = client): Promise<number[][]> {
  const { rows } = await asking.query<{ range: number[] }>(
    `select array[from_block, to_block]::float8[] as range from ledger.partitions
     where chain_id = $1 and table_name = $2 order by from_block`,
    [chainId, table],
  );
  return rows.map(({ range }) => range);
}

async function ensure(chainId: number, through: number, from: number | null = null, asking = client) {
  const { rows } = await asking.query<{ until: number | null }>(
    'select ledger.ensure_partitions($1, $2, $3)::float8 as until',
    [chainId, through, from],
  );
  return rows[0]?.until;
}

async function setRangeBlocks(blocks: number): Promise<void> {
  await client.query(
    `update ledger.settings set value = to_jsonb($1::bigint) where key = 'partition_blocks'`,
    [blocks],
  );
}

async function insertBlock(chainId: number, number: number, name = 'a', asking = client): Promise<void> {
  await asking.query(
    `insert into ledger.blocks (chain_id, number, hash, parent_hash, "timestamp", completeness, log_count)
     values ($1, $2, sha256($3::bytea), '\\x00', 0, 'hash', 0)`,
    [chainId, number, `${number}${name}`],
  );
}

describe('partitions by chain and block range', () => {
  it('partitions are created for all four tables, a tenth of a range in advance, and only once', async () => {
    expect(await ensure(1, 899_999)).toBeNull();
    for (const table of tables) expect(await rangesOf(1, table)).toEqual([[0, 999_999]]);
    expect(await ensure(1, 5)).toBe(899_999);
    await ensure(1, 900_000);
    for (const table of tables)
      expect(await rangesOf(1, table)).toEqual([
        [0, 999_999],
        [1_000_000, 1_999_999],
      ]);
    expect(await ensure(1, 900_000)).toBe(1_899_999);
  });

  it('partitions start at the first indexed block, not at the genesis block', async () => {
    await ensure(2, 18_600_000, 18_500_000);
    expect(await rangesOf(2, 'logs')).toEqual([[18_000_000, 18_999_999]]);
  });

  it('partitions close the gaps of an earlier range size, without overlaps', async () => {
    await ensure(3, 10);
    await setRangeBlocks(300_000);
    await ensure(3, 1_500_000, 700_000);
    expect(await rangesOf(3, 'reads')).toEqual([
      [0, 999_999],
      [1_000_000, 1_199_999],
      [1_200_000, 1_499_999],
      [1_500_000, 1_799_999],
    ]);
    await setRangeBlocks(1_000_000);
  });

  it('two sessions can create partitions at once, and readers and writers are not blocked', async () => {
    const [first, second, writer] = await Promise.all([connect(), connect(), connect()]);
    await ensure(4, 10);
    await first.query('begin');
    await ensure(4, 2_500_000, 0, first);
    const waiting = ensure(4, 2_500_000, 0, second);
    await writer.query(`set lock_timeout = '2s'`);
    await insertBlock(4, 10, 'a', writer);
    expect((await writer.query('select from ledger.blocks where chain_id = 4')).rowCount).toBe(1);
    await first.query('commit');
    await waiting;
    expect(await rangesOf(4, 'blocks')).toHaveLength(3);
    await Promise.all([first.end(), second.end(), writer.end()]);
  });

  it('partitions of an uncommitted transaction are not cached', async () => {
    await client.query('begin');
    expect(await ensure(5, 10)).toBeNull();
    expect(await ensure(5, 10)).toBeNull();
    await client.query('rollback');
    expect(await rangesOf(5, 'blocks')).toEqual([]);
    await ensure(5, 10);
    expect(await ensure(5, 10)).toBe(899_999);
  });

  it('a row without a partition is refused', async () => {
    await expect(insertBlock(6, 1)).rejects.toMatchObject({ code: '23514' });
  });

  it('a block number has only one canonical block, across all partitions', async () => {
    await ensure(7, 1_000_000, 999_999);
    for (const number of [999_999, 1_000_000]) {
      await insertBlock(7, number);
      await expect(insertBlock(7, number, 'b')).rejects.toMatchObject({ code: '23505' });
      await client.query('update ledger.blocks set is_canonical = false where chain_id = 7 and number = $1', [
        number,
      ]);
      await insertBlock(7, number, 'b');
    }
  });

  it('a query for one range reads only that range’s partition', async () => {
    await ensure(8, 3_000_000, 0);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (costs off) select from ledger.logs where chain_id = 8 and block_number between 1200000 and 1200010`,
    );
    const scanned = rows
      .map((row) => /logs_8_\d+/.exec(row['QUERY PLAN'])?.[0])
      .filter((name) => name !== undefined);
    expect(new Set(scanned.map((name) => name.replace(/_pkey$/, '')))).toEqual(new Set(['logs_8_1000000']));
  });
});

describe('retention', () => {
  async function chainUpTo(chainId: number, final: number | null, projected: number): Promise<void> {
    await ensure(chainId, 2_500_000, 0);
    await client.query(
      `insert into ledger.chains (chain_id, genesis_hash, final_number) values ($1, '\\x00', $2)`,
      [chainId, final],
    );
    await client.query(
      `insert into ledger.cursors (chain_id, stream, block_number, epoch) values ($1, 'projection', $2, 1)`,
      [chainId, projected],
    );
  }

  /** The operator's work with the partitions that the function names. */
  async function detach(
    chainId: number,
    beforeBlock: number,
    from: string[],
    drop = true,
  ): Promise<string[]> {
    const { rows } = await client.query<{ name: string; statement: string }>(
      `select partition_name as name, statement from ledger.detachable_partitions($1, $2) where table_name = any($3::text[])`,
      [chainId, beforeBlock, from],
    );
    for (const { name, statement } of rows) {
      await client.query(statement);
      if (drop) await client.query(`drop table ledger.${escapeIdentifier(name)}`);
    }
    return rows.map(({ name }) => name);
  }

  const detachAll = (chainId: number, beforeBlock: number, drop = true) =>
    detach(chainId, beforeBlock, tables, drop);

  it('retention removes whole ranges, only the requested ones, and only on request', async () => {
    await chainUpTo(20, 2_400_000, 2_400_000);
    const gone = await detach(20, 1_999_999, ['journal']);
    expect(gone).toEqual(['journal_20_0']);
    expect(await rangesOf(20, 'blocks')).toHaveLength(3);
    expect(await rangesOf(20, 'journal')).toEqual([
      [1_000_000, 1_999_999],
      [2_000_000, 2_999_999],
    ]);
  });

  it('retention never removes data that an undo, a fold or a replay may need', async () => {
    await chainUpTo(21, 1_999_998, 2_400_000);
    expect(new Set(await detachAll(21, 9_000_000))).toEqual(new Set(tables.map((table) => `${table}_21_0`)));
    await chainUpTo(22, null, 2_400_000);
    expect(await detachAll(22, 9_000_000)).toEqual([]);
    await chainUpTo(23, 2_400_000, 999_998);
    expect(await detachAll(23, 9_000_000)).toEqual([]);
    await chainUpTo(24, 2_400_000, 2_400_000);
    await client.query(
      `insert into ledger.projection_versions (chain_id, area, version, stale_from) values (24, 'token', 1, 1000000)`,
    );
    expect(new Set(await detachAll(24, 9_000_000))).toEqual(new Set(tables.map((table) => `${table}_24_0`)));
  });

  it('retention waits for writers instead of blocking them', async () => {
    await chainUpTo(25, 2_400_000, 2_400_000);
    const [writer, other] = await Promise.all([connect(), connect()]);
    await writer.query('begin');
    await insertBlock(25, 2_400_001, 'a', writer);
    const detaching = detachAll(25, 1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.query(`set lock_timeout = '2s'`);
    await insertBlock(25, 2_400_002, 'a', other);
    await insertBlock(25, 2_400_003, 'a', writer);
    await writer.query('commit');
    expect(await detaching).toHaveLength(4);
    expect((await client.query('select from ledger.blocks where chain_id = 25')).rowCount).toBe(3);
    await Promise.all([writer.end(), other.end()]);
  });

  it('a detached range can be kept as a table of its own, which no new partition replaces', async () => {
    await chainUpTo(26, 2_400_000, 2_400_000);
    await detachAll(26, 1_000_000, false);
    expect((await client.query('select from ledger.blocks_26_0')).rowCount).toBe(0);
    await expect(ensure(26, 10, 0)).rejects.toMatchObject({ code: '42P07' });
  });
});
