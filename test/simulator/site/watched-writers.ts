/**
 * Monitors writers from inside the database. A session of a daemon that does not lead may begin a
 * transaction, but may not commit one that changes the chain's rows. A rolled-back change leaves no entry
 * here either.
 */
import { getTableName } from 'drizzle-orm';
import { Client } from 'pg';
import { chainTable, chainTableNames } from '../../../src/engine/tables.ts';

const ledgerTables = [
  'blocks',
  'logs',
  'reads',
  'contracts',
  'cursors',
  'coverage',
  'journal',
  'quarantine',
  'parked',
  'receipts',
];

/** Installs the monitor in a database with the schema; databases created from it inherit the monitor. */
export async function watchWriters(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`
      create schema simulator;
      create table simulator.violations (at timestamptz not null default clock_timestamp(), table_name text, operation text, writer text, leader text);
      create function simulator.watch() returns trigger language plpgsql as $$
      declare
        leader text;
        -- A command has sessions of its own name, and leads while it executes.
        writer text := regexp_replace(current_setting('application_name'), '^tracechain command ', 'tracechain ');
      begin
        select 'tracechain ' || instance into leader from ledger.leaders;
        if writer like 'tracechain %' and writer is distinct from leader then
          insert into simulator.violations (table_name, operation, writer, leader)
          values (tg_table_name, tg_op, current_setting('application_name'), leader);
        end if;
        return null;
      end $$`);
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'ledger'::regnamespace and relkind in ('r', 'p')
         and relname = any($1)`,
      [ledgerTables],
    );
    // Every daemon may report its own actions in this table, whether it leads or not.
    const ofTheChain = chainTableNames().filter((name) => name !== 'systemEvents');
    const tables = [
      ...rows.map(({ name }) => `ledger."${name}"`),
      ...ofTheChain.map((name) => `public."${getTableName(chainTable(name).table)}"`),
    ];
    for (const table of tables)
      await client.query(
        `create trigger simulator_watch after insert or update or delete on ${table} for each statement execute function simulator.watch()`,
      );
  } finally {
    await client.end();
  }
}

/** Returns the commits of processes that did not lead. */
export async function findForeignWrites(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select format('%s of %s by %s while %s led, at %s', operation, table_name, writer, leader, at) as line
     from simulator.violations order by at limit 20`,
  );
  return rows.map(({ line }) => line);
}
