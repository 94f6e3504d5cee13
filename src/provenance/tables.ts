/** The tables whose rows can be explained, by the names that the database has for them. */
import { getTableName } from 'drizzle-orm';
import { chainTableNames, chainTables, type ChainTableName } from '../db/ownership.ts';
import * as schema from '../db/schema/index.ts';
import { descriptor, type Find, isDescribed } from '../db/table.ts';
import { CannotRunError } from '../primitives/errors.ts';

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

const chainDerived: ReadonlyMap<string, ChainTableName> = new Map(
  chainTableNames.map((chain) => [getTableName(chainTables[chain].table), chain]),
);

/** The chain-derived tables in the order of inserts, then those of the application that have a label. */
const explainedTables: ReadonlyMap<string, ExplainedTable> = new Map(
  [...chainTableNames.map((chain) => chainTables[chain].table), ...Object.values<unknown>(schema)].flatMap(
    (table): [string, ExplainedTable][] => {
      if (!isDescribed(table)) return [];
      const { name, label, find } = table[descriptor];
      return label === null ? [] : [[name, { name, chain: chainDerived.get(name) ?? null, label, find }]];
    },
  ),
);

/** Throws a CannotRunError that lists the tables where there is none of that name. */
export function explainedTable(name: string): ExplainedTable {
  const table = explainedTables.get(name.replace(/^public\./, ''));
  if (table !== undefined) return table;
  throw new CannotRunError(`There is no table "${name}" that could be explained`, {
    code: 'provenance/unknown-table',
    fix: `These are: ${[...explainedTables.keys()].join(', ')}.`,
  });
}

/** Throws a CannotRunError that lists the tables where no table of that name is derived from the chain. */
export function chainTable(name: string): ChainTableName {
  const chain = chainDerived.get(name.replace(/^public\./, ''));
  if (chain !== undefined) return chain;
  throw new CannotRunError(`No table "${name}" is derived from the chain`, {
    code: 'provenance/unknown-table',
    fix: `These are: ${[...chainDerived.keys()].join(', ')}.`,
  });
}
