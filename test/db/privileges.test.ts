/** Attempts of each database role to gain privileges. Roles belong to the cluster, so these tests have a cluster of their own. */
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
const refused = '42501';

let folder: string;
let server: PostgresServer;
let owner: Client;

async function connect(user?: string): Promise<Client> {
  const url = new URL(server.connectionString('indexed'));
  if (user !== undefined) Object.assign(url, { username: user, password });
  const client = new Client({ connectionString: url.href });
  await client.connect();
  return client;
}

beforeAll(async () => {
  folder = await makeTemporaryFolder('privileges');
  server = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'silent' }),
    settings: { fsync: 'off', max_connections: '20' },
  });
  await migrate({ connectionString: await server.ensureDatabase('indexed') });
  owner = await connect();
  for (const role of roles) await owner.query(`alter role ${role} password '${password}'`);
});

afterAll(async () => {
  await owner.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The code of the statement's error, or null if it succeeds. */
async function failure(client: Client, statement: string): Promise<string | null> {
  try {
    await client.query(statement);
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** An attacker's type with the name of one that a function uses. Its check constraint executes the attacker's code. */
function shadowType(type: string): string {
  return `
    create function pg_temp.evil(value pg_catalog.${type}) returns boolean language plpgsql as $$
    begin
      if current_user <> session_user then execute format('alter role %I superuser', session_user); end if;
      return true;
    end $$;
    create domain pg_temp.${type} as pg_catalog.${type} check (pg_temp.evil(value));`;
}

/** Attaches one of the program's trigger functions to a temporary table and fires it. */
const recordTemporaryRows = `
  create temporary table products (id uuid, product_name text);
  create trigger recorded after insert on products referencing new table as new_rows
    for each statement execute function ledger.record_rows();
  insert into products values (gen_random_uuid(), 'never happened');`;

describe.each(roles)('the role %s', (role) => {
  it('cannot create temporary objects', async () => {
    const client = await connect(role);
    await client.query('set default_transaction_read_only = off');
    expect(await failure(client, 'create temporary table mine (id uuid)')).toBe(refused);
    expect(await failure(client, 'create function pg_temp.mine() returns int language sql return 1')).toBe(
      refused,
    );
    await client.end();
  });

  it.each(['timestamptz', 'text', 'jsonb', 'regclass', 'oid'])(
    'gains no privilege by shadowing the type %s and firing triggers, even if temporary objects are allowed',
    async (type) => {
      await owner.query(`grant temporary on database indexed to ${role}`);
      const client = await connect(role);
      await client.query('set default_transaction_read_only = off');
      await client.query(shadowType(type));
      if (role === 'tracechain_app')
        await client.query(
          `insert into users (wallet_address) values ('0x' || left(md5($1) || md5($1), 40))
           on conflict (wallet_address) do update set username = excluded.wallet_address`,
          [`${role}${type}`],
        );
      expect(await failure(client, recordTemporaryRows)).toBe(refused);
      expect((await client.query('select rolsuper from pg_roles where rolname = session_user')).rows).toEqual(
        [{ rolsuper: false }],
      );
      await client.end();
      await owner.query(`revoke temporary on database indexed from ${role}`);
    },
  );

  it('adds no entry to the audit trail, even with EXECUTE on the trigger function', async () => {
    await owner.query(
      `grant temporary on database indexed to ${role}; grant execute on function ledger.record_rows() to ${role}`,
    );
    const client = await connect(role);
    await client.query('set default_transaction_read_only = off');
    expect(await failure(client, recordTemporaryRows)).toBe(refused);
    await client.end();
    await owner.query(
      `revoke temporary on database indexed from ${role}; revoke execute on function ledger.record_rows() from ${role}`,
    );
    const { rows } = await owner.query(
      `select count(*)::int as entries from ledger.application_changes where table_name = 'products'`,
    );
    expect(rows).toEqual([{ entries: 0 }]);
  });

  it('records no event in the name of the daemon or the chain', async () => {
    const client = await connect(role);
    await client.query('set default_transaction_read_only = off');
    for (const source of ['daemon', 'chain'])
      expect(
        await failure(
          client,
          `insert into system_events (event_type, severity, source, event_data) values ('node_back', 'info', '${source}', '{}')`,
        ),
      ).toBe(refused);
    await client.end();
  });
});

it('the application records events of its own, and can neither claim nor change the daemon’s', async () => {
  await owner.query(
    `insert into system_events (event_type, severity, source, event_data) values ('reorg', 'warning', 'daemon', '{}')`,
  );
  const client = await connect('tracechain_app');
  await client.query(
    `insert into system_events (event_type, severity, source, event_data) values ('import', 'info', 'erp', '{}')`,
  );
  expect(await failure(client, `update system_events set source = 'daemon' where source = 'erp'`)).toBe(
    refused,
  );
  expect(await failure(client, `update system_events set severity = 'info' where source = 'daemon'`)).toBe(
    refused,
  );
  expect(await failure(client, `delete from system_events where source = 'daemon'`)).toBe(refused);
  expect(await failure(client, `update system_events set processed_at = now() where source = 'daemon'`)).toBe(
    null,
  );
  await client.end();
});

describe('every object that a migration creates', () => {
  const ours = `pronamespace in ('public'::regnamespace, 'ledger'::regnamespace)
    and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`;

  it('every function that resolves names at run time searches pg_temp last', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select oid::regprocedure::text as name from pg_proc
       where ${ours} and prokind in ('f', 'p') and prosqlbody is null
         and not exists (select from unnest(proconfig) as setting where setting like 'search\\_path=pg\\_catalog, %pg\\_temp')`,
    );
    expect(rows).toEqual([]);
  });

  it('PUBLIC can execute no trigger function and no function that changes data', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select pg_proc.oid::regprocedure::text as name
       from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
       where ${ours} and grantee = 0 and privilege_type = 'EXECUTE'
         and (prorettype = 'trigger'::regtype or provolatile = 'v' or prosecdef)`,
    );
    expect(rows).toEqual([]);
  });

  it('PUBLIC can write to no table, create nothing in a schema, and create no temporary objects', async () => {
    const { rows: relations } = await owner.query(
      `select pg_class.oid::regclass::text as name, privilege_type from pg_class, aclexplode(relacl)
       where relnamespace in ('public'::regnamespace, 'ledger'::regnamespace) and grantee = 0`,
    );
    expect(relations).toEqual([]);
    const { rows: schemas } = await owner.query(
      `select nspname from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
       where nspname in ('public', 'ledger') and grantee = 0 and privilege_type = 'CREATE'`,
    );
    expect(schemas).toEqual([]);
    const { rows: databases } = await owner.query(
      `select privilege_type from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
       where datname = current_database() and grantee = 0`,
    );
    expect(databases).toEqual([{ privilege_type: 'CONNECT' }]);
  });

  it('set_up_roles() restores the privileges that a dump or a copy of the database does not contain', async () => {
    await owner.query(
      'grant temporary on database indexed to public; grant execute on function ledger.record_rows() to public',
    );
    await owner.query('select ledger.set_up_roles()');
    const { rows } = await owner.query(
      `select has_database_privilege('tracechain_app', 'indexed', 'TEMPORARY') as temporary,
         has_function_privilege('tracechain_app', 'ledger.record_rows()', 'EXECUTE') as execute`,
    );
    expect(rows).toEqual([{ temporary: false, execute: false }]);
  });
});

describe('the ledger', () => {
  const hash = `decode(repeat('11', 32), 'hex')`;

  it('the ledger is append-only even for its owner: only is_canonical of a block changes, and log_count only grows', async () => {
    await owner.query('select ledger.ensure_partitions(1, 10)');
    const { rows: columns } = await owner.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = 'ledger.blocks'::regclass and attnum > 0 and attnotnull and not atthasdef and attgenerated = ''`,
    );
    const values = columns.map(({ name, type }) => {
      if (name === 'chain_id' || name === 'number') return '1';
      if (type === 'bytea') return hash;
      if (type === 'boolean') return 'true';
      return type.startsWith('timestamp') ? 'now()' : `'0'`;
    });
    await owner.query(
      `insert into ledger.blocks (${columns.map(({ name }) => name).join(', ')}) values (${values.join(', ')})`,
    );
    expect(await failure(owner, 'update ledger.blocks set is_canonical = false where number = 1')).toBe(null);
    expect(await failure(owner, 'update ledger.blocks set log_count = 2 where number = 1')).toBe(null);
    expect(await failure(owner, 'update ledger.blocks set log_count = 1 where number = 1')).toBe(refused);
    expect(
      await failure(
        owner,
        `update ledger.blocks set hash = decode(repeat('22', 32), 'hex') where number = 1`,
      ),
    ).toBe(refused);
    expect(await failure(owner, 'delete from ledger.blocks where number = 1')).toBe(refused);
    for (const table of ['blocks', 'logs', 'reads', 'journal'])
      expect(await failure(owner, `truncate ledger.${table}`)).toBe(refused);
  });

  it('each partition of the ledger has the same guards', async () => {
    const { rows } = await owner.query(
      `select whole::text as table, partition.relid::regclass::text as partition
       from unnest('{ledger.blocks,ledger.logs,ledger.reads,ledger.journal}'::regclass[]) as whole,
         pg_partition_tree(whole) as partition
       where (select count(*) from pg_trigger where tgrelid = partition.relid and tgname like 'append\\_only%') <
         (select count(*) from pg_trigger where tgrelid = whole and tgname like 'append\\_only%')`,
    );
    expect(rows).toEqual([]);
  });
});
