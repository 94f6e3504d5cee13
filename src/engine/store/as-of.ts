/**
 * Rows as of a block, from the journal and the live rows, without a node and without a fold.
 *
 * The database does the work (ledger.standing_changes and the functions based on it), so that clients with read access can run the same
 * queries. This module names those functions.
 */
import { getTableName } from 'drizzle-orm';
import { type ClientBase, escapeIdentifier, DatabaseError } from 'pg';
import { chainTable, journaledColumns, type ChainTableName } from '../tables.ts';
import { InvariantError, CannotRunError } from '../../primitives/errors.ts';
import type { RowSource } from '../projection/project.ts';
import { loadRows } from './load.ts';
import { storedTable, type StoredTables } from './stored-table.ts';

export interface AsOf {
  readonly chainId: number;
  /** The rows have their state after this block. */
  readonly blockNumber: number;
}

/**
 * A SQL relation with a table's rows as of a block, for use in a FROM clause: the chain-owned columns with their types. It can be joined,
 * counted and copied at any table size; a condition on `id` uses an index. PostgreSQL refuses the query (22023) with an explanation if the
 * block is later than the projection or below the journal's horizon.
 *
 * The SQL contains no parameters, because COPY accepts none.
 */
export function asOfRelation(table: ChainTableName, { chainId, blockNumber }: AsOf): string {
  for (const number of [chainId, blockNumber])
    if (!Number.isSafeInteger(number) || number < 0)
      throw new InvariantError(`${number} is not a block number or a chain id`);
  const name = escapeIdentifier(`${getTableName(chainTable(table).table)}_as_of`);
  return `ledger.${name}(${chainId}, ${blockNumber})`;
}

/** The first block as of which rows are available: retention has removed earlier parts of the journal. 0 if nothing was removed. */
export async function journalHorizon(client: ClientBase, chainId: number): Promise<number> {
  const { rows } = await client.query<{ horizon: number }>(
    'select ledger.journal_horizon($1)::float8 as horizon',
    [chainId],
  );
  return rows[0]?.horizon ?? 0;
}

/**
 * The rows as of a block, as the input for projecting the next one; no rows as of block -1. Columns that the chain does not own have no
 * history and are null. Rejects (22023) as described at `asOfRelation`.
 */
export function rowsAsOf(client: ClientBase, asOf: AsOf): RowSource {
  const { chainId, blockNumber } = asOf;
  if (blockNumber < 0) return { load: async () => await Promise.resolve([]) };
  return { load: async (requested) => await loadRows(client, requested, chainId, tablesAsOf(asOf)) };
}

function tablesAsOf(asOf: AsOf): StoredTables {
  return (name) => {
    const table = storedTable(name);
    const known = journaledColumns(name);
    return {
      ...table,
      sqlName: asOfRelation(name, asOf),
      columns: table.columns.map((column) => ({
        ...column,
        select: column.property in known ? column.select : 'null',
      })),
    };
  };
}

/** PostgreSQL's invalid_parameter_value, which ledger.can_tell_as_of raises if the rows after a block are not available. */
const invalidParameterValue = '22023';

/**
 * Throws a CannotRunError if the rows after a block are not available: the block is later than the projection or below the journal's
 * horizon.
 */
export async function requireJournal(
  client: ClientBase,
  chainId: number,
  blockNumber: number,
): Promise<void> {
  try {
    await client.query('select ledger.can_tell_as_of($1, $2)', [chainId, blockNumber]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== invalidParameterValue) throw error;
    throw new CannotRunError(error.message, {
      code: 'replay/block-not-told',
      fix: error.hint ?? 'Use another block.',
      place: { chainId, blockNumber },
      cause: error,
    });
  }
}
