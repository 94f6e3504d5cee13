/** Rows as of a block, in pages, for printing. */
import { type ClientBase, DatabaseError } from 'pg';
import { journaledColumns, type ChainTableName } from '../tables.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { type AsOf, asOfRelation } from '../store/as-of.ts';
import { type ShownColumnValue, shownValue } from './shown-value.ts';

export type RowAsOf = Readonly<Record<string, ShownColumnValue>>;

const rowsAPortion = 500;

/**
 * Yields a table's rows as of a block in the order of their ids, restricted to `ids` if given. Throws a CannotRunError if the block is
 * later than the projection or below the journal's horizon. `client` must have a snapshot open, with the time zone UTC.
 */
export async function* rowsAsOf(
  client: ClientBase,
  table: ChainTableName,
  asOf: AsOf,
  ids: readonly Uuid[] | null,
): AsyncGenerator<RowAsOf[]> {
  const columns = Object.values(journaledColumns(table));
  const condition = ids === null ? '' : 'where id = any($1::uuid[])';
  const selected = columns.map(({ name }) => `to_jsonb(found."${name}")::text`);
  await refusedAsCannotRun(async () => {
    await client.query(
      `declare rows_as_of no scroll cursor for
       select ${selected.join(', ')} from ${asOfRelation(table, asOf)} as found ${condition} order by id`,
      ids === null ? [] : [ids],
    );
  });
  for (;;) {
    const { rows } = await refusedAsCannotRun(
      async () =>
        await client.query<(string | null)[]>({
          text: `fetch ${rowsAPortion} from rows_as_of`,
          rowMode: 'array',
        }),
    );
    if (rows.length === 0) break;
    yield rows.map((fields) =>
      Object.fromEntries(
        columns.map((column, index) => [column.name, shownValue(fields[index] ?? null, column.getSQLType())]),
      ),
    );
  }
  await client.query('close rows_as_of');
}

/** The SQLSTATE with which `ledger.can_tell_as_of` reports, with a hint, that the rows as of a block are not available. */
const outOfReach = '22023';

async function refusedAsCannotRun<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== outOfReach) throw error;
    throw new CannotRunError(error.message, {
      code: 'provenance/out-of-reach',
      ...(error.hint === undefined ? {} : { fix: error.hint }),
      cause: error,
    });
  }
}
