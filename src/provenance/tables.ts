/** The tables whose rows can be explained, by the names that the database has for them. */
import { getTableName } from 'drizzle-orm';
import { chainTableNames, chainTables, type ChainTableName } from '../db/ownership.ts';
import { CannotRunError } from '../primitives/errors.ts';

export interface ExplainedTable {
  /** As the database names it. */
  readonly name: string;
  /** Null for a table that is the application's. */
  readonly chain: ChainTableName | null;
}

/** Rows of these are shared with the application, or its alone: the chain only adds to them. */
const applicationTables = ['users', 'compliance_standards'];

const explainedTables: ReadonlyMap<string, ExplainedTable> = new Map([
  ...chainTableNames.map((chain): [string, ExplainedTable] => {
    const name = getTableName(chainTables[chain].table);
    return [name, { name, chain }];
  }),
  ...applicationTables.map((name): [string, ExplainedTable] => [name, { name, chain: null }]),
]);

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
  const chain = explainedTables.get(name.replace(/^public\./, ''))?.chain;
  if (chain !== undefined && chain !== null) return chain;
  const derived = chainTableNames.map((known) => getTableName(chainTables[known].table));
  throw new CannotRunError(`No table "${name}" is derived from the chain`, {
    code: 'provenance/unknown-table',
    fix: `These are: ${derived.join(', ')}.`,
  });
}
