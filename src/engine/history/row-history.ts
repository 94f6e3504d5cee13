/** Reads a row's stored history: the row, its journal entries, and the application's changes. */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { Uuid } from '../../primitives/ids.ts';
import type { JsonText } from './shown-value.ts';

/** Values by column name. */
export type Image = Readonly<Record<string, JsonText>>;

/** Why a journal entry was written. */
export type Cause = 'block' | 'reorg' | 'replay' | 'repair';

export interface JournalRecord {
  readonly sequence: string;
  readonly blockNumber: number;
  readonly operation: 'I' | 'U' | 'D';
  readonly logIndex: number | null;
  /** A block's change, or the kind of operation that reverted the row to its state before that block. */
  readonly cause: Cause;
  /** The rebuild that wrote the entry, or 0 for the first fold. */
  readonly generation: number;
  /** The previous values of the changed or removed columns, or null for an insert. */
  readonly before: Image | null;
  /** When this database changed, in ISO 8601. */
  readonly recordedAt: string;
  /** Whether the change is in force: no later entry has reverted it. */
  readonly stands: boolean;
}

export interface ApplicationChange {
  readonly operation: 'I' | 'U' | 'D';
  readonly before: Image | null;
  readonly after: Image | null;
  /** The user id that the session declared. */
  readonly changedBy: string | null;
  readonly databaseUser: string;
  readonly changedAt: string;
}

/** The whole current row, or null if it does not exist. */
export async function liveImage(client: ClientBase, table: string, id: Uuid): Promise<Image | null> {
  const { rows } = await client.query<{ key: string; value: JsonText }>(
    `select key, value::text from public.${escapeIdentifier(table)} as found, jsonb_each(to_jsonb(found)) where id = $1`,
    [id],
  );
  return rows.length === 0 ? null : Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

export interface JournalOfRow {
  /** Oldest first. */
  readonly records: readonly JournalRecord[];
  /** The number of older entries that are omitted. */
  readonly omitted: number;
}

/** The newest journal entries of a row. */
export async function journalOf(client: ClientBase, id: Uuid, mostRecords: number): Promise<JournalOfRow> {
  const { rows } = await client.query<{
    sequence: string;
    block_number: number;
    operation: 'I' | 'U' | 'D';
    log_index: number | null;
    cause: number;
    generation: number;
    before: readonly string[] | null;
    recorded_at: Date;
    stands: boolean;
    total: number;
  }>(
    `select sequence::text, block_number::float8, operation, log_index, cause, generation, recorded_at,
            (select array_agg(part order by key, position)
             from jsonb_each(before), unnest(array[key, value::text]) with ordinality as pair (part, position)) as before,
            sequence in (select sequence from ledger.standing_changes where row_id = $1) as stands,
            count(*) over ()::int as total
     from ledger.journal where row_id = $1 order by journal.sequence desc limit $2`,
    [id, mostRecords],
  );
  return {
    records: rows.toReversed().map((row) => ({
      sequence: row.sequence,
      blockNumber: row.block_number,
      operation: row.operation,
      logIndex: row.log_index,
      cause: causes[row.cause] ?? 'repair',
      generation: row.generation,
      before: row.operation === 'I' ? null : imageOf(row.before ?? []),
      recordedAt: row.recorded_at.toISOString(),
      stands: row.stands,
    })),
    omitted: (rows[0]?.total ?? 0) - rows.length,
  };
}

const causes: readonly Cause[] = ['block', 'reorg', 'replay', 'repair'];

/** Columns and values alternate in the array. JSON would have to be parsed, and its numbers would be rounded. */
function imageOf(parts: readonly string[]): Image {
  const image: Record<string, JsonText> = {};
  for (let index = 0; index + 1 < parts.length; index += 2)
    image[parts[index] ?? ''] = parts[index + 1] ?? 'null';
  return image;
}

/** The application's changes to a row, oldest first. */
export async function applicationChangesOf(
  client: ClientBase,
  table: string,
  id: Uuid,
): Promise<ApplicationChange[]> {
  const parts = (column: string): string =>
    `(select array_agg(part order by key, position)
      from jsonb_each(${column}), unnest(array[key, value::text]) with ordinality as pair (part, position)) as ${column}`;
  const { rows } = await client.query<{
    operation: 'I' | 'U' | 'D';
    before: readonly string[] | null;
    after: readonly string[] | null;
    changed_by: string | null;
    database_user: string;
    changed_at: Date;
  }>(
    `select operation, ${parts('before')}, ${parts('after')}, changed_by, database_user, changed_at
     from ledger.application_changes where record_id = $1 and table_name = $2 order by sequence`,
    [id, table],
  );
  return rows.map((row) => ({
    operation: row.operation,
    before: row.before === null ? null : imageOf(row.before),
    after: row.after === null ? null : imageOf(row.after),
    changedBy: row.changed_by,
    databaseUser: row.database_user,
    changedAt: row.changed_at.toISOString(),
  }));
}
