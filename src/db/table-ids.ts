/**
 * The ids of the chain-derived tables in the journal, by SQL table name. `npm run generate` only appends to their file: journals of running
 * databases contain these ids, so no id is ever changed or reused. The file's order is the insert order: parents come before the tables
 * that refer to them.
 */
import { InvariantError } from '../primitives/errors.ts';

export type TableIds = Readonly<Record<string, number>>;

/** The id of a table. Throws an InvariantError if the table has none yet. */
export function tableId(ids: TableIds, name: string): number {
  const id = ids[name];
  if (id !== undefined) return id;
  throw new InvariantError(`The table ${name} has no id in the application's table-ids.lock.json`, {
    fix: 'Run npm run generate and commit the file.',
  });
}
