/** The tables as of a block, in the snapshot of the session's open transaction. */
import { type ClientBase, escapeIdentifier } from 'pg';
import { journaledColumns, type ChainTableName } from '../../tables.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { AnyRow } from '../../projection/entity.ts';
import { asOfRelation } from '../../store/as-of.ts';
import { arrayLiteral, type StoredColumn } from '../../store/stored-column.ts';
import { type StoredTable, storedTable } from '../../store/stored-table.ts';

/** The queries that an audit runs on the tables. */
export interface StoredRows {
  /** All rows of a chain, a few thousand at a time. */
  all(table: ChainTableName): AsyncGenerator<readonly AnyRow[]>;
  /** The rows with these ids, regardless of their chain id. */
  byId(table: ChainTableName, ids: readonly Uuid[]): Promise<AnyRow[]>;
  /** The chain's rows whose column has one of these values, given in PostgreSQL's text format. */
  where(table: ChainTableName, property: string, values: readonly string[]): Promise<AnyRow[]>;
}

export interface StoredAt {
  readonly chainId: number;
  readonly blockNumber: number;
  /** Whether the live rows equal those as of the block, because no later block has changed any. */
  readonly isLive: boolean;
}

const rowsAtOnce = 5_000;

/** Creates the queries for one chain and block. */
export function storedRowsAt(client: ClientBase, at: StoredAt): StoredRows {
  const source = (table: StoredTable): string => {
    return at.isLive ? table.sqlName : asOfRelation(table.name, at);
  };

  async function select(table: StoredTable, condition: string, values: unknown[]): Promise<AnyRow[]> {
    const { rows } = await client.query<unknown[]>({
      text: `select ${columnsOf(table)} from ${source(table)} as stored where ${condition}`,
      values,
      rowMode: 'array',
    });
    return rows.map((fields) => rowOf(table, fields));
  }

  return {
    async *all(name) {
      const table = storedTable(name);
      await client.query(
        `declare audited no scroll cursor for
         select ${columnsOf(table)} from ${source(table)} as stored where chain_id = ${at.chainId}`,
      );
      try {
        for (;;) {
          const { rows } = await client.query<unknown[]>({
            text: `fetch forward ${rowsAtOnce} from audited`,
            rowMode: 'array',
          });
          if (rows.length === 0) return;
          yield rows.map((fields) => rowOf(table, fields));
        }
      } finally {
        await client.query('close audited');
      }
    },
    async byId(name, ids) {
      if (ids.length === 0) return [];
      return await select(storedTable(name), 'id = any($1::uuid[])', [arrayLiteral(ids)]);
    },
    async where(name, property, values) {
      if (values.length === 0) return [];
      const table = storedTable(name);
      const column = table.column(property);
      const condition = `chain_id = $1 and ${escapeIdentifier(column.name)} = any($2::${column.sqlType}[])`;
      return await select(table, condition, [at.chainId, arrayLiteral(values)]);
    },
  };
}

/** Whether the journal has no entry of a later block. */
export async function isLiveAt(client: ClientBase, chainId: number, blockNumber: number): Promise<boolean> {
  const { rows } = await client.query<{ has_later: boolean }>(
    'select exists (select from ledger.journal where chain_id = $1 and block_number > $2) as has_later',
    [chainId, blockNumber],
  );
  return rows[0]?.has_later !== true;
}

function columnsOf(table: StoredTable): string {
  return chainOwned(table)
    .map((column) => column.select)
    .join(', ');
}

const columnsByTable = new Map<ChainTableName, readonly StoredColumn[]>();

/** Excludes columns that the fold sets once for the application, because the journal does not contain them. */
function chainOwned({ name, columns }: StoredTable): readonly StoredColumn[] {
  let owned = columnsByTable.get(name);
  if (owned === undefined) {
    const journaled = journaledColumns(name);
    owned = columns.filter(({ property }) => property in journaled);
    columnsByTable.set(name, owned);
  }
  return owned;
}

function rowOf(table: StoredTable, fields: readonly unknown[]): AnyRow {
  const row: Record<string, AnyRow[string]> = {};
  for (const [index, column] of chainOwned(table).entries())
    row[column.property] = column.decode(fields[index] ?? null);
  return row;
}
