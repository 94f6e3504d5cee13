/** Databases of released versions, with data, migrated to this version. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createPool } from '../../src/db/client.ts';
import { examineMigrations, migrate } from '../../src/db/migrate.ts';
import { migrationEffects } from '../../src/db/migrations/effects.ts';
import { ownMigrationsFolder } from '../../src/db/migrations/files.ts';
import { verifyCatalogue } from '../../src/db/verify.ts';
import { saveDataset } from '../../src/devnet/dataset/rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { chainTableContents, type TableContents } from '../support/tables.ts';

/** The last migration of each released version. */
const releases = ['0015_comments'];
const chainId = 4242;

const journalSchema = z.object({ entries: z.array(z.object({ tag: z.string() }).loose()) }).loose();

/** The migrations of that version. */
async function migrationsOf(release: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'released-'));
  await cp(ownMigrationsFolder, folder, { recursive: true });
  const file = join(folder, 'meta/_journal.json');
  const journal = journalSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const count = journal.entries.findIndex(({ tag }) => tag === release) + 1;
  await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return folder;
}

async function connected<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Rows for all tables and columns that the older schema has. */
async function copyRows(from: string, to: string): Promise<void> {
  await connected(from, async (source) => {
    await connected(to, async (target) => {
      await target.query('set session_replication_role = replica');
      await target.query('select ledger.ensure_partitions($1, 1000, 0)', [chainId]);
      const { rows: tables } = await target.query<{ name: string; columns: string }>(
        `select attrelid::regclass::text as name, string_agg(quote_ident(attname), ', ') as columns
         from pg_attribute join pg_class on pg_class.oid = attrelid
         where relnamespace in ('public'::regnamespace, 'ledger'::regnamespace) and relkind in ('r', 'p') and not relispartition
           and attnum > 0 and not attisdropped and attgenerated = '' and relname not in ('migrations', 'chain_tables')
         group by attrelid`,
      );
      for (const { name, columns } of tables) {
        const { rows } = await source.query<{ rows: string }>(
          `select coalesce(jsonb_agg(row), '[]')::text as rows from ${name} as row`,
        );
        await target.query(
          `insert into ${name} (${columns}) overriding system value
           select ${columns} from jsonb_populate_recordset(null::${name}, $1) on conflict do nothing`,
          [rows[0]?.rows],
        );
      }
    });
  });
}

describe.each(releases)('a database of the version that ended with %s', (release) => {
  let folder: string;
  let now: TestDatabase;
  let old: TestDatabase;
  let before: TableContents;

  beforeAll(async () => {
    folder = await migrationsOf(release);
    now = await createTestDatabase();
    old = await createTestDatabase();
    await migrate({ connectionString: now.url });
    const pool = createPool({
      connectionString: now.url,
      applicationName: 'test',
      onConnectionError: () => undefined,
    });
    await saveDataset(pool, { seed: 2, events: 800, chainId });
    await pool.end();
    await migrate({ connectionString: old.url, folder });
    await copyRows(now.url, old.url);
    before = await chainTableContents(now.url);
  });

  afterAll(async () => {
    await Promise.all([now.drop(), old.drop()]);
    await rm(folder, { recursive: true });
  });

  test('the pending migrations are listed, and none locks a large table', async () => {
    const effects = await examineMigrations({ connectionString: old.url }, migrationEffects);
    expect(effects.length).toBeGreaterThan(0);
    expect(effects.flatMap(({ heavy }) => heavy).filter(({ locksBigTable }) => locksBigTable)).toEqual([]);
  });

  test('two daemons migrate it to this schema, its rows are kept, and a second run changes nothing', async () => {
    const daemons = await Promise.all([1, 2].map(() => migrate({ connectionString: old.url })));
    expect(daemons.filter((applied) => applied.length > 0)).toHaveLength(1);
    expect(await migrate({ connectionString: old.url })).toEqual([]);
    expect(await chainTableContents(old.url)).toEqual(before);
    await connected(old.url, async (client) => {
      expect(await verifyCatalogue(client)).toEqual([]);
    });
  });

  test('the old version’s code refuses it afterwards and names the fix', async () => {
    await expect(migrate({ connectionString: old.url, folder })).rejects.toMatchObject({
      code: 'database/schema-newer',
      fix: expect.stringContaining('Run the version of tracechain'),
    });
  });
});

test('a dumped and restored trigger is considered equal', async () => {
  const database = await createTestDatabase();
  await migrate({ connectionString: database.url });
  await connected(database.url, async (client) => {
    const { rows } = await client.query<{ name: string; table: string; definition: string }>(
      `select tgname as name, tgrelid::regclass::text as table, pg_get_triggerdef(pg_trigger.oid) as definition
       from pg_trigger join pg_class on pg_class.oid = tgrelid
       where not tgisinternal and tgparentid = 0 and relnamespace = 'public'::regnamespace`,
    );
    for (const { name, table, definition } of rows)
      await client.query(`drop trigger ${name} on ${table}; ${definition}`);
    expect(await verifyCatalogue(client)).toEqual([]);
  });
  await database.drop();
});
