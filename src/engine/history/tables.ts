/** The tables whose rows can be explained, by their database names. */
import { getTableName } from 'drizzle-orm';
import { chainTable, describedTables, chainTableNames, type ChainTableName } from '../tables.ts';
import { descriptor, type Find } from '../../db/table.ts';
import { CannotRunError } from '../../primitives/errors.ts';

export interface ExplainedTable {
  /** The name in the database. */
  readonly name: string;
  /** Null for a table that the application owns and to which the chain only adds rows. */
  readonly chain: ChainTableName | null;
  /** A SQL expression over the row `found`: a short description of the row. */
  readonly label: string;
  /** The keys by which people look up its rows. */
  readonly find: Find;
}

/** The chain-derived tables: their names in the database and in the code. */
function chainDerived(): ReadonlyMap<string, ChainTableName> {
  return new Map(chainTableNames().map((name) => [getTableName(chainTable(name).table), name]));
}

/** The chain-derived tables in insert order, then the application's tables that have a label. */
function explainedTables(): ReadonlyMap<string, ExplainedTable> {
  const chain = chainDerived();
  const tables = [...chainTableNames().map((name) => chainTable(name).table), ...describedTables()];
  return new Map(
    tables.flatMap((table): [string, ExplainedTable][] => {
      const { name, label, find } = table[descriptor];
      return label === null ? [] : [[name, { name, chain: chain.get(name) ?? null, label, find }]];
    }),
  );
}

/** Throws a CannotRunError that lists the valid names if the table is unknown. */
export function explainedTable(name: string): ExplainedTable {
  const table = explainedTables().get(name.replace(/^public\./, ''));
  if (table !== undefined) return table;
  throw new CannotRunError(`There is no table "${name}" that can be explained`, {
    code: 'provenance/unknown-table',
    fix: `The tables are: ${[...explainedTables().keys()].join(', ')}.`,
  });
}

/** Throws a CannotRunError that lists the valid names unless the table is derived from the chain. */
export function chainTableNamed(name: string): ChainTableName {
  const chain = chainDerived().get(name.replace(/^public\./, ''));
  if (chain !== undefined) return chain;
  throw new CannotRunError(`No table "${name}" is derived from the chain`, {
    code: 'provenance/unknown-table',
    fix: `The tables are: ${[...chainDerived().keys()].join(', ')}.`,
  });
}
