/** "Weekly Maintenance > Backup verification for data integrity" of the seed document. Restored is what a copy of the database is. */
import { Client, type Pool } from 'pg';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createPool } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { saveDataset } from '../../src/devnet/dataset/rows.ts';
import { type BackupCheck, verifyBackup } from '../../src/operations/backup.ts';
import { createTestDatabase } from '../support/postgres.ts';

const chainId = 4242;
const cleanups: (() => Promise<void>)[] = [];
let template: string;

beforeAll(async () => {
  const database = await createTestDatabase();
  template = database.url;
  await migrate({ connectionString: template });
  const pool = poolOn(template);
  await saveDataset(pool, { seed: 1, events: 1500, chainId });
  await pool.query(
    `insert into ledger.heartbeats (chain_id, epoch, heartbeat_at) values (4242, 1, now() + interval '2 hours')`,
  );
  await pool.query(
    `update users set company_name = 'Known before the backup' where wallet_address like '%0'`,
  );
  await pool.end();
  return async () => await database.drop();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function poolOn(url: string): Pool {
  return createPool({ connectionString: url, applicationName: 'test', onConnectionError: () => undefined });
}

/** A physical copy, as a restored base backup is. */
async function copyOf(url: string): Promise<string> {
  const name = `copy_${crypto.randomUUID().replaceAll('-', '')}`;
  await administer(`create database ${name} template ${new URL(url).pathname.slice(1)}`);
  cleanups.push(async () => await administer(`drop database ${name} with (force)`));
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
}

async function administer(statement: string): Promise<void> {
  await run(inject('postgresUrl'), statement);
}

async function run(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function verify(ours: string, restored: string | null, hours = 48): Promise<BackupCheck[]> {
  const pool = poolOn(ours);
  const client = await pool.connect();
  try {
    return await verifyBackup(client, { restoredUrl: restored, backupMaximumAgeHours: hours });
  } finally {
    client.release();
    await pool.end();
  }
}

const faultsOf = (checks: readonly BackupCheck[]) => checks.filter(({ status }) => status !== 'ok');

/** A daemon that goes on: the newest product is renamed in the block after the last one, as a batch does. */
const goOn = [
  `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, before)
   select 4242, cursor.block_number + 1, (select table_id from ledger.chain_tables where table_name = 'products'), id, 'U', 0,
     jsonb_build_object('product_name', product_name)
   from ledger.cursors as cursor, (select id, product_name from products order by product_id desc limit 1) as newest
   where stream = 'projection'`,
  `update products set product_name = 'Renamed after the backup' where id = (select id from products order by product_id desc limit 1)`,
  `insert into ledger.blocks select chain_id, number + 1, sha256('next'), hash, timestamp, receipts_root, state_root, true, completeness, 0
   from ledger.blocks order by number desc limit 1`,
  `update ledger.cursors set block_number = block_number + 1, block_hash = sha256('next'), updated_at = now() + interval '30 hours'`,
  `update ledger.heartbeats set heartbeat_at = now() + interval '30 hours'`,
  `update users set company_name = 'Known after the backup' where wallet_address like '%1'`,
];

describe('Weekly Maintenance > Backup verification for data integrity', () => {
  test('verifies ledger, rows and application history of a restored backup while this database changes', async () => {
    const ours = await copyOf(template);
    const restored = await copyOf(template);
    await run(ours, ...goOn);
    const checks = await verify(ours, restored);
    expect(faultsOf(checks)).toEqual([]);
    const named = checks.map(({ check }) => check);
    expect(named).toEqual(
      expect.arrayContaining(['schema', 'age', 'chain 4242', 'ledger.logs', 'public.products']),
    );
    expect(checks.find(({ check }) => check === 'application changes')?.detail).toMatch(/^[1-9]\d* rows$/);
  });

  test.each([
    ['public.products', `update products set product_name = 'forged' where product_id = 3`],
    ['public.checkpoints', `update checkpoints set location = 'lost' where checkpoint_index = 0`],
    ['public.token_balances', `update token_balances set balance = balance + 0.000000000000000001`],
    ['ledger.blocks', `update ledger.blocks set state_root = sha256('x') where number = 3`],
  ])('%s that differs is found', async (check, fault) => {
    const restored = await copyOf(template);
    await run(restored, 'set session_replication_role = replica', fault);
    expect(faultsOf(await verify(template, restored))).toEqual([
      { check, status: 'critical', detail: expect.stringContaining('not the same') },
    ]);
  });

  test('finds missing changes of the application', async () => {
    const restored = await copyOf(template);
    await run(
      restored,
      'set session_replication_role = replica',
      'delete from ledger.application_changes where sequence % 3 = 0',
    );
    expect(faultsOf(await verify(template, restored))).toMatchObject([{ check: 'application changes' }]);
  });

  test('finds a missing table and a changed function', async () => {
    const restored = await copyOf(template);
    await run(
      restored,
      'drop table certificate_verifications cascade',
      'drop index products_batch_number_index',
    );
    const faults = faultsOf(await verify(template, restored));
    expect(faults.map(({ detail }) => detail)).toEqual(
      expect.arrayContaining(['missing: public.certificate_verifications']),
    );
  });

  test('finds a backup that is too old', async () => {
    const ours = await copyOf(template);
    await run(ours, ...goOn);
    expect(faultsOf(await verify(ours, await copyOf(template), 24))).toEqual([
      { check: 'age', status: 'critical', detail: expect.stringContaining('28.0 hours behind') },
    ]);
  });

  test('finds a backup of another branch', async () => {
    const ours = await copyOf(template);
    await run(ours, `update ledger.blocks set is_canonical = false`);
    expect(faultsOf(await verify(ours, await copyOf(template)))).toMatchObject([
      { check: 'chain 4242', status: 'critical', detail: expect.stringContaining('not on the chain') },
    ]);
  });

  test('refuses a database without the schema', async () => {
    const empty = await createTestDatabase();
    cleanups.push(async () => await empty.drop());
    expect(faultsOf(await verify(template, empty.url))).toMatchObject([
      { check: 'schema', status: 'critical' },
    ]);
  });

  test('refuses the database itself under another name', async () => {
    await expect(verify(template, template.replace('127.0.0.1', 'localhost'))).rejects.toMatchObject({
      code: 'maintenance/restored-is-ours',
    });
  });

  test('fails if no restored database is configured', async () => {
    await expect(verify(template, null)).rejects.toMatchObject({ code: 'maintenance/no-restored-backup' });
  });
});
