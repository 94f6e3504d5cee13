/** A chain-derived table's as-of function, written out: what `ledger.make_as_of_functions()` makes, for this table alone. */
import { getTableName } from 'drizzle-orm';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { chainTable, journaledColumns, type ChainTableName } from '../src/engine/tables.ts';

/** `ledger.products_as_of(bigint, bigint)` */
export function asOfSignature(table: string): string {
  return `ledger.${escapeIdentifier(`${table}_as_of`)}(bigint, bigint)`;
}

/** The statements that make the function and its comment. */
export function asOfStatements(name: ChainTableName): string[] {
  const { id, table } = chainTable(name);
  const sqlName = getTableName(table);
  const columns = Object.values(journaledColumns(name));
  const list = (of: (column: string) => string): string =>
    columns.map(({ name: column }) => of(escapeIdentifier(column))).join(', ');
  const definitions = columns
    .map((column) => `${escapeIdentifier(column.name)} ${column.getSQLType()}`)
    .join(', ');
  // The id from the row itself: a condition on it then reaches the row's index.
  const earlier = list((column) => (column === '"id"' ? `stored.${column}` : `earlier.${column}`));
  const stored = `public.${escapeIdentifier(sqlName)} AS stored`;
  return [
    `CREATE FUNCTION ledger.${escapeIdentifier(`${sqlName}_as_of`)}(chain_id bigint, block_number bigint) RETURNS TABLE (${definitions})
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT ${list((column) => column)} FROM ${stored}
		WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2) AND NOT EXISTS (
			SELECT FROM ledger.standing_changes AS later
			WHERE later.row_id = stored.id AND later.chain_id = $1 AND later.block_number > $2 AND later.table_id = ${id})
		UNION ALL
		SELECT ${earlier}
		FROM (
			SELECT row_id, ledger.overlay(before ORDER BY sequence DESC) AS image
			FROM ledger.standing_changes AS later
			WHERE later.chain_id = $1 AND later.block_number > $2 AND later.table_id = ${id}
			GROUP BY row_id HAVING NOT bool_or(operation = 'I')
		) AS changed
		JOIN ${stored} ON stored.id = changed.row_id
		CROSS JOIN LATERAL jsonb_populate_record(stored, changed.image) AS earlier
		WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2);
	END;`,
    `COMMENT ON FUNCTION ${asOfSignature(sqlName)} IS ${escapeLiteral(`The chain's columns of ${sqlName} as they stood after a block.`)};`,
  ];
}
