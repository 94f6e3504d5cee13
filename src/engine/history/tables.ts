/** The tables whose rows can be explained, by the names that the database has for them. */
import { getTableName } from 'drizzle-orm';
import { chainTable, describedTables, chainTableNames, type ChainTableName } from '../tables.ts';
import { descriptor, type Find } from '../../db/table.ts';
import { CannotRunError } from '../../primitives/errors.ts';

export interface ExplainedTable {
  /** As the database names it. */
  readonly name: string;
  /** Null for a table that is the application's: the chain only adds to it. */
  readonly chain: ChainTableName | null;
  /** SQL over the row `found`: which row it is, in a few words. */
  readonly label: string;
  /** By what a person finds its rows. */
  readonly find: Find;
}

/** The names of the chain-derived tables in the database, with those that the code has for them. */
function chainDerived(): ReadonlyMap<string, ChainTableName> {
  return new Map(chainTableNames().map((name) => [getTableName(chainTable(name).table), name]));
}

/** The chain-derived tables in the order of inserts, then those of the application that have a label. */
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

/** Throws a CannotRunError that lists the tables where there is none of that name. */
export function explainedTable(name: string): ExplainedTable {
  const table = explainedTables().get(name.replace(/^public\./, ''));
  if (table !== undefined) return table;
  throw new CannotRunError(`There is no table "${name}" that could be explained`, {
    code: 'provenance/unknown-table',
    fix: `These are: ${[...explainedTables().keys()].join(', ')}.`,
  });
}

/** Throws a CannotRunError that lists the tables where no table of that name is derived from the chain. */
export function chainTableNamed(name: string): ChainTableName {
  const chain = chainDerived().get(name.replace(/^public\./, ''));
  if (chain !== undefined) return chain;
  throw new CannotRunError(`No table "${name}" is derived from the chain`, {
    code: 'provenance/unknown-table',
    fix: `These are: ${[...chainDerived().keys()].join(', ')}.`,
  });
}
