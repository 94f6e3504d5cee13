import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../src/db/client.ts';
import { migrate, pendingMigrations } from '../../src/db/migrate.ts';
import { CannotRunError } from '../../src/primitives/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

async function query(statement: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: statement, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  it('applies pending migrations once and returns them', async () => {
    const pending = await pendingMigrations({ connectionString: database.url });
    expect(pending.length).toBeGreaterThanOrEqual(3);

    expect(await migrate({ connectionString: database.url })).toEqual(pending);
    expect(await migrate({ connectionString: database.url })).toEqual([]);
    expect(await pendingMigrations({ connectionString: database.url })).toEqual([]);
  });

  it('several daemons may migrate at once, and only one of them applies the migrations', async () => {
    const applied = await Promise.all(
      Array.from({ length: 4 }, () => migrate({ connectionString: database.url })),
    );
    expect(applied.filter((migrations) => migrations.length > 0)).toHaveLength(1);
    expect(await query('select count(*)::int from ledger.migrations')).toEqual([[applied.flat().length]]);
  });

  it('returns a pool’s connection without its lock', async () => {
    const pool = createPool({
      connectionString: database.url,
      applicationName: 'test',
      maximumConnections: 1,
      onConnectionError: () => undefined,
    });
    await migrate({ pool });
    const { rows } = await pool.query(
      `select 1 from pg_locks join pg_database on pg_database.oid = pg_locks.database
       where locktype = 'advisory' and datname = current_database()`,
    );
    expect(rows).toEqual([]);
    await pool.end();
  });

  it('needs no privileges if nothing is pending', async () => {
    await migrate({ connectionString: database.url });
    const role = `reader_${database.url.slice(-12)}`;
    await query(
      `create role ${role} login; grant usage on schema ledger to ${role}; grant select on ledger.migrations to ${role}`,
    );
    try {
      const url = new URL(database.url);
      url.searchParams.set('options', `-c role=${role}`);
      expect(await migrate({ connectionString: url.href })).toEqual([]);
    } finally {
      await query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('refuses a database that a newer version migrated', async () => {
    await migrate({ connectionString: database.url });
    await query(
      `insert into ledger.migrations (hash, created_at) values ('of a later version', 9000000000000)`,
    );

    const error = await migrate({ connectionString: database.url }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CannotRunError);
    expect(error).toMatchObject({
      code: 'database/schema-newer',
      message: "the database's schema is newer than the code: it has a migration of 2255-03-14T16:00:00.000Z",
      fix: 'Run the version of tracechain that migrated it, or a later one.',
    });
    await expect(pendingMigrations({ connectionString: database.url })).rejects.toMatchObject({
      code: 'database/schema-newer',
    });
  });

  it('refuses a database with a migration that was edited later', async () => {
    await migrate({ connectionString: database.url });
    await query(`update ledger.migrations set hash = 'another' where id = 2`);
    await expect(migrate({ connectionString: database.url })).rejects.toMatchObject({
      code: 'database/schema-foreign',
    });
  });

  it('rolls back a failed migration and reports the reason', async () => {
    await query('create table checkpoints (id int)');
    await expect(migrate({ connectionString: database.url })).rejects.toMatchObject({
      code: 'database/migration-failed',
      message: 'a migration failed and was rolled back: relation "checkpoints" already exists',
    });
    expect(await query(`select to_regclass('public.users')`)).toEqual([[null]]);

    await query('drop table checkpoints');
    expect(await migrate({ connectionString: database.url })).not.toEqual([]);
  });

  it('refuses a database that is not UTF-8', async () => {
    const name = `test_latin1_${Date.now()}`;
    await query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`);
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    await expect(migrate({ connectionString: url.href })).rejects.toMatchObject({
      code: 'database/encoding',
    });
    await query(`drop database ${name} with (force)`);
  });
});
