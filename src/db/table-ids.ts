/**
 * The numbers that stand for the chain-derived tables in the journal, by the tables' names in SQL. They are kept in a file that
 * `npm run generate` only appends to: the journals of running databases have these numbers, so none is ever changed or given again.
 * The file's order is that of inserts: parents come before the tables that refer to them.
 */
import { InvariantError } from '../primitives/errors.ts';
import kept from './table-ids.lock.json' with { type: 'json' };

export type TableIds = Readonly<Record<string, number>>;

export const tableIds: TableIds = kept;

/** Throws an InvariantError for a table that has no number yet. */
export function tableId(name: string): number {
  const id = tableIds[name];
  if (id !== undefined) return id;
  throw new InvariantError(`The table ${name} has no number in src/db/table-ids.lock.json`, {
    fix: 'Run npm run generate and commit the file.',
  });
}
