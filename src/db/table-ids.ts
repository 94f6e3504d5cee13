/**
 * The numbers that stand for the chain-derived tables in the journal, by the tables' names in SQL. They are kept in a file that
 * `npm run generate` only appends to: the journals of running databases have these numbers, so none is ever changed or given again.
 * The file's order is that of inserts: parents come before the tables that refer to them.
 */
import { InvariantError } from '../primitives/errors.ts';

export type TableIds = Readonly<Record<string, number>>;

/** Throws an InvariantError for a table that has no number yet. */
export function tableId(ids: TableIds, name: string): number {
  const id = ids[name];
  if (id !== undefined) return id;
  throw new InvariantError(`The table ${name} has no number in the application's table-ids.lock.json`, {
    fix: 'Run npm run generate and commit the file.',
  });
}
