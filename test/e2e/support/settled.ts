import { getTableName } from 'drizzle-orm';
import { chainTable, chainTableNames } from '../../../src/engine/tables.ts';
import { devnetTables } from '../../support/devnet-areas.ts';
import { findDifferences } from '../oracle/compare.ts';
import { readTables } from '../oracle/database.ts';
import type { StoredTable } from '../oracle/database.ts';
import type { ExpectedTables } from '../oracle/row.ts';

/** The tables that the fixtures' contracts fill, as the database names them. */
export const publicTables: readonly string[] = chainTableNames()
  .filter((name) => devnetTables.has(name))
  .map((name) => getTableName(chainTable(name).table));

/** How long finality's and the receipts' columns, which jobs of their own fill, may come after the rows. */
const patienceMs = 10_000;
const intervalMs = 250;

/** The tables once everything that comes a little later has come; as they are where it doesn't. */
export async function settledTables(
  databaseUrl: string,
  expected: ExpectedTables,
): Promise<ReadonlyMap<string, StoredTable>> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const stored = await readTables(databaseUrl, publicTables);
    if (findDifferences(expected, stored).length === 0 || Date.now() > deadline) return stored;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
