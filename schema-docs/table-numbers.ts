/** The order of the chain-derived tables, and the numbers of new ones. Reads no number itself, so that it can write the lock file first. */
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { type Described, descriptor, isDescribed } from '../src/db/table.ts';

export type TableIds = Readonly<Record<string, number>>;

/**
 * The same numbers for all tables that have one, and for each that has none the next one that no table has had. The keys come in the
 * order given; after them come those of tables that are no more.
 */
export function withNewTables(ids: TableIds, names: readonly string[]): TableIds {
  let last = Math.max(0, ...Object.values(ids));
  const given = names.map((name): [string, number] => [name, ids[name] ?? (last += 1)]);
  return { ...Object.fromEntries(given), ...ids };
}

/**
 * The names in SQL of the chain-derived tables among a schema module's exports: each after the tables that it refers to, and otherwise
 * in the order of `before`, then as they are exported.
 */
export function insertOrder(schema: Readonly<Record<string, unknown>>, before: readonly string[]): string[] {
  const rank = ({ [descriptor]: { name } }: Described): number => {
    const position = before.indexOf(name);
    return position === -1 ? before.length : position;
  };
  const tables = Object.values(schema)
    .filter((value): value is Described & PgTable => isDescribed(value) && is(value, PgTable))
    .filter((table) => table[descriptor].isChainDerived)
    .toSorted((a, b) => rank(a) - rank(b));
  const ordered = new Set<string>();
  const visit = (table: (typeof tables)[number]): void => {
    const parents = new Set(getTableConfig(table).foreignKeys.map((key) => key.reference().foreignTable));
    for (const other of tables) if (other !== table && parents.has(other)) visit(other);
    ordered.add(table[descriptor].name);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}
