import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { examineMigrations, migrate } from '../../src/db/migrate.ts';
import { migrationEffects } from '../../src/db/migrations/effects.ts';
import { ownMigrationsFolder } from '../../src/db/migrations/files.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
/** The migrations of a future version: the current ones and those that a test adds. */
let folder: string;
let client: Client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(ownMigrationsFolder, folder, { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function makeDatabase(): Promise<void> {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
}

async function dropDatabase(): Promise<void> {
  await client.end();
  await database.drop();
}

const journalSchema = z
  .object({ entries: z.array(z.object({ idx: z.number(), when: z.number() }).loose()) })
  .loose();

async function add(tag: string, ...statements: readonly string[]): Promise<void> {
  const file = join(folder, 'meta/_journal.json');
  const journal = journalSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const last = journal.entries.at(-1) ?? { idx: -1, when: 0 };
  journal.entries.push({ ...last, tag, idx: last.idx + 1, when: last.when + 1000 });
  await writeFile(file, JSON.stringify(journal));
  await writeFile(join(folder, `${tag}.sql`), statements.join('\n--> statement-breakpoint\n'));
}

async function migrateOn(): Promise<string[]> {
  const applied = await migrate({ connectionString: database.url, folder });
  return applied.map(({ name }) => name);
}

async function rowsOf(statement: string): Promise<unknown[]> {
  return (await client.query<Record<string, unknown>>(statement)).rows;
}

const manyUsers = `insert into users (wallet_address, created_at)
  select '0x' || lpad(to_hex(n), 40, '0'), now() from generate_series(1, 1000) n`;

const withIndex = [
  '-- no transaction: users has rows\nCREATE INDEX CONCURRENTLY IF NOT EXISTS users_last_login_index ON public.users (last_login)',
];

describe('a migration of a future version', () => {
  beforeEach(makeDatabase);
  afterEach(dropDatabase);

  test('a migration is applied with data in place and recorded in system_events', async () => {
    await client.query(manyUsers);
    await add('9000_more', 'alter table users add column nickname text');
    expect(await migrateOn()).toEqual(['9000_more']);
    expect(await migrateOn()).toEqual([]);
    expect(await rowsOf('select count(*)::int, count(nickname)::int as named from users')).toEqual([
      { count: 1000, named: 0 },
    ]);
    expect(
      await rowsOf(
        `select source, event_data -> 'applied' as applied from system_events where event_type = 'migration' order by created_at desc limit 1`,
      ),
    ).toEqual([{ source: 'daemon', applied: ['9000_more'] }]);
  });

  test('a failed migration leaves no trace, nor do earlier ones of the same transaction', async () => {
    await add('9000_more', 'alter table users add column nickname text');
    await add('9001_wrong', 'create table made_first (id int)', 'select 1 / 0');
    await expect(migrateOn()).rejects.toMatchObject({ code: 'database/migration-failed' });
    expect(
      await rowsOf(
        `select to_regclass('made_first') as made, count(*)::int as columns from information_schema.columns
         where table_name = 'users' and column_name = 'nickname'`,
      ),
    ).toEqual([{ made: null, columns: 0 }]);
    expect(await migrate({ connectionString: database.url })).toEqual([]);
  });

  test('an index on a filled table is built without blocking writers, even if two daemons migrate at once', async () => {
    await client.query(manyUsers);
    await add('9000_index', ...withIndex);
    // An open transaction of a writer would block a plain build, and that build would block all other writers.
    await client.query(`begin; update users set company_name = 'x'`);
    const both = Promise.all([migrateOn(), migrateOn()]);
    const other = new Client({ connectionString: database.url });
    await other.connect();
    await expect
      .poll(async () => (await other.query(`select from pg_stat_progress_create_index`)).rowCount)
      .toBe(1);
    await other.query(
      `set lock_timeout = '2s'; insert into users (wallet_address) values ('0x${'f'.repeat(40)}')`,
    );
    await other.end();
    await client.query('commit');
    expect((await both).flat()).toEqual(['9000_index']);
    expect(
      await rowsOf(`select indisvalid from pg_index where indexrelid = 'users_last_login_index'::regclass`),
    ).toEqual([{ indisvalid: true }]);
  });

  test('an index whose build was interrupted is built again', async () => {
    await client.query(`${manyUsers}; update users set company_name = 'the same'`);
    await expect(
      client.query('create unique index concurrently users_last_login_index on public.users (company_name)'),
    ).rejects.toThrow('could not create unique index');
    await add('9000_index', ...withIndex);
    expect(await migrateOn()).toEqual(['9000_index']);
    expect(
      await rowsOf(
        `select indisvalid, indisunique from pg_index where indexrelid = 'users_last_login_index'::regclass`,
      ),
    ).toEqual([{ indisvalid: true, indisunique: false }]);
  });
});

describe('the prediction of a migration’s effects', () => {
  beforeAll(makeDatabase);
  afterAll(dropDatabase);

  test.each([
    ['create index on users (last_login)', 'writers'],
    ['create index concurrently if not exists i on public.users (last_login)', 'nobody'],
    ['alter table users alter column company_name set data type varchar(10)', 'readers and writers'],
    ['alter table "users" add column token uuid default gen_random_uuid()', 'readers and writers'],
    ['alter table users alter column company_name set not null', 'readers and writers'],
    ['alter table users add constraint c check (company_name is not null)', 'readers and writers'],
    ['alter table users add constraint c foreign key (id) references users (id)', 'writers'],
    ['update users set company_name = null', 'writers'],
  ])('the prediction says that "%s" blocks %s', async (statement, blocks) => {
    await add('9000_heavy', statement);
    const [effect] = await examineMigrations({ connectionString: database.url, folder }, migrationEffects);
    expect(effect).toMatchObject({ name: '9000_heavy', heavy: [{ table: 'public.users', blocks }] });
  });

  test.each([
    "alter table users add column nickname text default 'none'",
    'alter table users add constraint c check (company_name is not null) not valid',
    'create table another (id int primary key); create index on another (id)',
    "comment on table users is 'x'",
    'create function f() returns void language plpgsql as $$ begin update users set company_name = null; end $$',
  ])('the prediction says that "%s" blocks no session for long', async (statement) => {
    await add('9000_light', statement);
    const [effect] = await examineMigrations({ connectionString: database.url, folder }, migrationEffects);
    expect(effect?.heavy).toEqual([]);
  });

  test('the prediction states whether the table is large', async () => {
    await add('9000_heavy', 'create index on users (last_login)');
    const isBig = async () =>
      (await examineMigrations({ connectionString: database.url, folder }, migrationEffects))[0]?.heavy[0]
        ?.locksBigTable;
    expect(await isBig()).toBe(false);
    // Sets the statistics instead of inserting the rows.
    await client.query(`update pg_class set reltuples = 200000 where oid = 'users'::regclass`);
    expect(await isBig()).toBe(true);
  });
});
