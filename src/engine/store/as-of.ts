/**
 * Rows as they stood after a block, from the journal and the live rows, without asking a node or folding anything.
 *
 * The work is the database's (ledger.standing_changes and what is made from it), so that whoever may only read it can ask
 * the same questions; what is here names its functions.
 */
import { getTableName } from 'drizzle-orm';
import { type ClientBase, escapeIdentifier } from 'pg';
import { chainTable, journaledColumns, type ChainTableName } from '../tables.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { RowSource } from '../projection/project.ts';
import { loadRows } from './load.ts';
import { storedTable, type StoredTables } from './stored-table.ts';

export interface AsOf {
  readonly chainId: number;
  /** The rows are those after this block. */
  readonly blockNumber: number;
}

/**
 * A table as of a block, to stand in a FROM in the table's place: its chain-owned columns, typed. It may be joined,
 * counted and copied out, whatever the table's size; a condition on `id` is an index look-up. Where the block is past the
 * projection or below the journal's horizon, PostgreSQL refuses the query (22023) and says so.
 *
 * Holds no parameters, because COPY takes none.
 */
export function asOfRelation(table: ChainTableName, { chainId, blockNumber }: AsOf): string {
  for (const number of [chainId, blockNumber])
    if (!Number.isSafeInteger(number) || number < 0)
      throw new InvariantError(`${number} is no block or chain`);
  const name = escapeIdentifier(`${getTableName(chainTable(table).table)}_as_of`);
  return `ledger.${name}(${chainId}, ${blockNumber})`;
}

/** The first block as of which rows can be told: retention has taken the journal of what came before. 0 where it took nothing. */
export async function journalHorizon(client: ClientBase, chainId: number): Promise<number> {
  const { rows } = await client.query<{ horizon: number }>(
    'select ledger.journal_horizon($1)::float8 as horizon',
    [chainId],
  );
  return rows[0]?.horizon ?? 0;
}

/**
 * The rows after a block, to project the next one over; none after block -1. What isn't the chain's has no history in the journal:
 * it is null. Rejects (22023) as `asOfRelation` says.
 */
export function rowsAsOf(client: ClientBase, asOf: AsOf): RowSource {
  const { chainId, blockNumber } = asOf;
  if (blockNumber < 0) return { load: async () => await Promise.resolve([]) };
  return { load: async (wanted) => await loadRows(client, wanted, chainId, tablesAsOf(asOf)) };
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
