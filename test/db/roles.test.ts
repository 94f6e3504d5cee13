/** The privileges of each role, tested by logging in. Roles belong to the cluster, so these tests have a cluster of their own. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { type PostgresServer, startPostgres } from '../../src/devnet/postgres/postgres.ts';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';

const password = 'a password of this test';
const roles = ['tracechain_app', 'tracechain_readonly', 'tracechain_analytics'] as const;
type Role = (typeof roles)[number];

let folder: string;
let server: PostgresServer;
let owner: Client;
const clients = new Map<Role, Client>();

beforeAll(async () => {
  folder = await makeTemporaryFolder('roles');
  server = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'silent' }),
    settings: { fsync: 'off', max_connections: '40' },
  });
});

afterAll(async () => {
  await Promise.all([owner, ...clients.values()].map((client) => client.end()));
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function connect(database: string, user?: string): Promise<Client> {
  const url = new URL(server.connectionString(database));
  if (user !== undefined) Object.assign(url, { username: user, password });
  const client = new Client({ connectionString: url.href });
  await client.connect();
  return client;
}

async function as(role: Role): Promise<Client> {
  let client = clients.get(role);
  if (client === undefined) clients.set(role, (client = await connect('indexed', role)));
  return client;
}

const refused = { code: '42501' };

describe('a role that the migrating user may not create', () => {
  it('the migration logs a warning with the statements to run instead of failing, and those statements grant everything', async () => {
    const superuser = await connect('postgres');
    await superuser.query(`create role modest login password '${password}'`);
    await superuser.query('create database modest owner modest');
    const url = new URL(await server.ensureDatabase('modest'));
    Object.assign(url, { username: 'modest', password });
    const warnings: { message: string; fix: unknown }[] = [];
    const applied = await migrate({
      connectionString: url.href,
      logger: {
        info: () => undefined,
        warn: ({ fix }: { fix?: unknown }, message?: string) =>
          warnings.push({ message: message ?? '', fix }),
      } as never,
    });
    expect(applied.length).toBeGreaterThan(0);
    expect(warnings).toEqual(
      roles.map((role) => ({
        message: `modest may not create the role ${role}`,
        fix: expect.stringMatching(
          new RegExp(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT \\d+; SELECT ledger.set_up_roles\\(\\);$`),
        ) as unknown,
      })),
    );

    const administrator = await connect('modest');
    await administrator.query(String(warnings[0]?.fix).replace(/^[^:]*: /, ''));
    const { rows } = await administrator.query(
      `select has_table_privilege('tracechain_readonly', 'products', 'SELECT') as granted`,
    );
    expect(rows).toEqual([{ granted: true }]);
    await Promise.all([administrator.end(), superuser.end()]);
  });

  it('one of several migrations in different databases at once creates the role', async () => {
    const superuser = await connect('postgres');
    for (const role of roles)
      for (const database of ['modest', 'postgres']) {
        const inDatabase = await connect(database);
        await inDatabase.query(`drop owned by ${role}`);
        if (database === 'postgres') await inDatabase.query(`drop role ${role}`);
        await inDatabase.end();
      }
    const urls = await Promise.all(['indexed', 'beside'].map((name) => server.ensureDatabase(name)));
    const applied = await Promise.all(urls.map((connectionString) => migrate({ connectionString })));
    expect(applied.map((migrations) => migrations.length > 0)).toEqual([true, true]);
    const { rows } = await superuser.query<{ rolname: string }>(
      `select rolname from pg_roles where rolname like 'tracechain\\_%' order by rolname`,
    );
    expect(rows.map((row) => row.rolname)).toEqual([...roles].sort());
    await superuser.end();
  });
});

describe('each role', () => {
  beforeAll(async () => {
    owner = await connect('indexed');
    // Migrations set no passwords; an administrator does.
    for (const role of roles) await owner.query(`alter role ${role} password '${password}'`);
    await owner.query(`
      insert into users (wallet_address) values ('0x00000000000000000000000000000000000000aa');
      select ledger.ensure_partitions(1, 10);`);
  });

  it('roles have no password from a migration, a connection limit and session limits', async () => {
    const settings: Record<string, unknown> = {};
    for (const role of roles) {
      const client = await as(role);
      const { rows } = await client.query(
        `select current_setting('statement_timeout') as statement, current_setting('work_mem') as memory,
           (select rolconnlimit from pg_roles where rolname = current_user) as connections,
           (select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles where rolname = current_user) as special`,
      );
      settings[role] = rows[0];
    }
    expect(settings).toEqual({
      tracechain_app: { statement: '30s', memory: '16MB', connections: 100, special: false },
      tracechain_readonly: { statement: '1min', memory: '16MB', connections: 30, special: false },
      tracechain_analytics: { statement: '15min', memory: '128MB', connections: 10, special: false },
    });
    const fresh = await connect('beside');
    await fresh.query('create database unprepared');
    const { rows } = await fresh.query(
      `select rolpassword is null as none from pg_authid where rolname = 'modest'`,
    );
    expect(rows).toEqual([{ none: false }]);
    await fresh.end();
  });

  it.each(roles)('%s can read every table and view, including the ledger', async (role) => {
    const client = await as(role);
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname in ('public', 'ledger') and relkind in ('r', 'p', 'v') and not relispartition`,
    );
    expect(rows.length).toBeGreaterThan(40);
    for (const { name } of rows) await client.query(`select from ${name} limit 1`);
    await client.query('select is_final(1, 1)');
    await client.query('select * from get_product_trace_chain(gen_random_uuid())');
  });

  it.each(roles)('%s can write no table of the ledger', async (role) => {
    const client = await as(role);
    const { rows } = await owner.query<{ name: string; column: string }>(
      `select format('ledger.%I', relname) as name, quote_ident(attname) as column
       from pg_class join pg_attribute on attrelid = pg_class.oid
       where attnum = (select min(attnum) from pg_attribute as first
                       where first.attrelid = pg_class.oid and attnum > 0 and attidentity = '' and attgenerated = '') and relnamespace = 'ledger'::regnamespace and relkind in ('r', 'p')`,
    );
    await client.query('set default_transaction_read_only = off');
    for (const { name, column } of rows) {
      await expect(client.query(`update ${name} set ${column} = null`)).rejects.toMatchObject(refused);
      await expect(client.query(`delete from ${name}`)).rejects.toMatchObject(refused);
      await expect(client.query(`truncate ${name}`)).rejects.toMatchObject(refused);
      await expect(client.query(`insert into ${name} default values`)).rejects.toMatchObject(refused);
    }
    await expect(client.query('create table ledger.mine ()')).rejects.toMatchObject(refused);
    await expect(client.query('create table public.mine ()')).rejects.toMatchObject(refused);
    await expect(client.query('select ledger.ensure_partitions(1, 1)')).rejects.toMatchObject(refused);
  });

  it('tracechain_app can write exactly what the application owns', async () => {
    const client = await as('tracechain_app');
    await client.query(`update users set email = 'a@example.org'`);
    await client.query(
      `insert into users (wallet_address) values ('0x00000000000000000000000000000000000000bb')`,
    );
    await client.query(`insert into staking_pools (pool_name, pool_type) values ('ours', 'flexible')`);
    await client.query(`delete from staking_pools`);
    await expect(client.query('delete from products')).rejects.toMatchObject(refused);
    await expect(client.query('update products set product_name = null')).resolves.toMatchObject({
      rowCount: 0,
    });
    await expect(client.query('delete from product_analytics')).rejects.toMatchObject(refused);
    await expect(client.query('truncate users')).rejects.toMatchObject(refused);
    await expect(client.query('alter table products disable trigger all')).rejects.toMatchObject(refused);
    await expect(client.query('select * from cleanup_old_data()')).rejects.toMatchObject(refused);
  });

  it.each(['tracechain_readonly', 'tracechain_analytics'] as const)('%s can write nothing', async (role) => {
    const client = await as(role);
    await client.query('set default_transaction_read_only = off');
    const { rows } = await owner.query<{ name: string; column: string }>(
      `select pg_class.oid::regclass as name, quote_ident(attname) as column
       from pg_class join pg_attribute on attrelid = pg_class.oid
       where attnum = (select min(attnum) from pg_attribute as first
                       where first.attrelid = pg_class.oid and attnum > 0 and attidentity = '' and attgenerated = '') and relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
    );
    for (const { name, column } of rows) {
      await expect(client.query(`update ${name} set ${column} = null`)).rejects.toMatchObject(refused);
      await expect(client.query(`delete from ${name}`)).rejects.toMatchObject(refused);
    }
    await expect(client.query('select * from cleanup_old_data()')).rejects.toMatchObject(refused);
  });

  it('tracechain_analytics can refresh the figures, tracechain_readonly cannot', async () => {
    await (await as('tracechain_analytics')).query('select * from update_analytics()');
    await (await as('tracechain_analytics')).query('select * from refresh_materialized_views()');
    const readonly = await as('tracechain_readonly');
    for (const name of ['update_analytics', 'refresh_materialized_views'])
      await expect(readonly.query(`select * from ${name}()`)).rejects.toMatchObject(refused);
  });

  it('the same privileges apply to objects of later migrations', async () => {
    await owner.query(`
      create table public.later (id int generated by default as identity, note text);
      create view public.later_notes as select note from public.later;
      create table ledger.later (id int);
      create function public.later_answer() returns int language sql stable return 42;`);
    for (const role of roles) {
      const client = await as(role);
      await client.query('select from public.later, public.later_notes, ledger.later, public.later_answer()');
      await expect(client.query('insert into ledger.later values (1)')).rejects.toMatchObject(refused);
    }
    await (await as('tracechain_app')).query(`insert into public.later (note) values ('x')`);
    await expect((await as('tracechain_analytics')).query('delete from public.later')).rejects.toMatchObject(
      refused,
    );
  });

  it('a statement that takes too long is cancelled', async () => {
    const client = await connect('indexed', 'tracechain_app');
    await client.query(`set statement_timeout = '50ms'`);
    await expect(client.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    await client.end();
  });
});
