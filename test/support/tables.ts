/**
 * All that the fold has written, comparable with `toEqual`: two databases that followed the same chain agree on it. Rows without
 * provenance, where a table may have them, are the application's and the daemon's own.
 */
import { getTableName } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { Client } from 'pg';
import { chainTable, chainTableNames, digestColumns } from '../../src/engine/tables.ts';

export type TableContents = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** The chain-owned columns of every chain-derived table, by table name, in the order of their ids. */
export async function chainTableContents(databaseUrl: string): Promise<TableContents> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const contents: Record<string, readonly Record<string, unknown>[]> = {};
    for (const name of chainTableNames()) {
      const table: PgTable = chainTable(name).table;
      const columns = Object.values(digestColumns(name)).map((column) => `"${column.name}"`);
      const { rows } = await client.query<Record<string, unknown>>(
        `select ${columns.join(', ')} from public."${getTableName(table)}" where chain_id is not null order by id`,
      );
      contents[getTableName(table)] = rows;
    }
    return contents;
  } finally {
    await client.end();
  }
}
