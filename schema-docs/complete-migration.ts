/**
 * What a migration needs besides Drizzle's own SQL, found by running it: a chain-derived table's entry in `ledger.chain_tables`, its
 * triggers, its as-of function, and comments. Only what is missing is written, so an unchanged schema needs nothing.
 */
import { getTableName } from 'drizzle-orm';
import { type ClientBase, escapeIdentifier } from 'pg';
import { readCatalogue } from '../src/db/catalogue.ts';
import { chainTable, chainTableNames, journaledColumns, type ChainTableName } from '../src/engine/tables.ts';
import { type ChainTableFault, verifyChainTables } from '../src/operations/verify-chain-tables.ts';
import { asOfSignature, asOfStatements } from './as-of-function.ts';
import { commentStatements } from './comment-statements.ts';

/**
 * Applies Drizzle's statements and what they lack, and returns all of it in the order in which it was applied. The database has every
 * earlier migration. Throws what PostgreSQL refuses.
 */
export async function completeMigration(
  client: ClientBase,
  drizzleStatements: readonly string[],
): Promise<string[]> {
  const altered = await alteredTables(client, drizzleStatements);
  const statements: string[] = [];
  const run = async (further: readonly string[]): Promise<void> => {
    for (const statement of further) await client.query(statement);
    statements.push(...further);
  };
  const faultsOf = async (part: ChainTableFault['part']): Promise<ChainTableFault[]> =>
    (await verifyChainTables(client)).filter((fault) => fault.part === part);

  // Both depend on the columns that they name: with them in place, PostgreSQL refuses to drop or retype one.
  await run(altered.flatMap(dropStatements));
  await run(drizzleStatements);
  await run((await faultsOf('entry')).map(({ fix }) => fix));
  if ((await faultsOf('trigger')).length > 0) await run(['SELECT ledger.guard_chain_tables();']);
  const withoutFunction = await tablesWithoutFunction(client);
  await run(withoutFunction.flatMap(asOfStatements));
  await run(commentStatements(await readCatalogue(client)));
  return statements;
}

function dropStatements(name: ChainTableName): string[] {
  const table = getTableName(chainTable(name).table);
  const quoted = `public.${escapeIdentifier(table)}`;
  return [
    `DROP FUNCTION ${asOfSignature(table)};`,
    `DROP TRIGGER IF EXISTS chain_column_refused ON ${quoted};`,
    `DROP TRIGGER IF EXISTS application_columns_recorded ON ${quoted};`,
  ];
}

/** The tables whose as-of function won't fit any more, or depends on a column that is dropped or gets another type. */
async function alteredTables(
  client: ClientBase,
  drizzleStatements: readonly string[],
): Promise<ChainTableName[]> {
  const retyped = new Set(
    drizzleStatements.flatMap((statement) => {
      const found = /ALTER TABLE "(\w+)" (?:DROP COLUMN|ALTER COLUMN "\w+" SET DATA TYPE|RENAME)/.exec(
        statement,
      );
      return found?.[1] ?? [];
    }),
  );
  const present = await functionColumns(client);
  return chainTableNames().filter((name) => {
    const found = present.get(getTableName(chainTable(name).table));
    if (found === undefined) return false;
    const expected = Object.values(journaledColumns(name)).map((column) => column.name);
    return (
      retyped.has(getTableName(chainTable(name).table)) ||
      expected.toSorted().join() !== found.toSorted().join()
    );
  });
}

async function tablesWithoutFunction(client: ClientBase): Promise<ChainTableName[]> {
  const present = await functionColumns(client);
  return chainTableNames().filter((name) => !present.has(getTableName(chainTable(name).table)));
}

/** Of each table that has an as-of function: that function's columns. */
async function functionColumns(client: ClientBase): Promise<Map<string, readonly string[]>> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select table_name as table, array(
       select name from unnest(proargnames, proargmodes) as argument (name, mode) where mode = 't') as columns
     from ledger.chain_tables
     join pg_proc on pg_proc.oid = to_regprocedure(format('ledger.%I(bigint, bigint)', table_name || '_as_of'))`,
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}
