/**
 * Explains a row: for every column, the event that set it and each earlier value.
 *
 * The values come from the journal and the row. To find the event that set a value, a block is projected again over the rows as of the block
 * before it. If the fold and the row disagree about the current value, another writer has changed the row.
 */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { chainTable, journaledColumns, type ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { journalHorizon } from '../store/as-of.ts';
import type { DescribedEvent } from './described-event.ts';
import { labelOf } from './find-rows.ts';
import {
  type ApplicationChange,
  applicationChangesOf,
  type Cause,
  type Image,
  journalOf,
  type JournalRecord,
  liveImage,
} from './row-history.ts';
import { type JsonText, sameJson, type ShownColumnValue, shownValue } from './shown-value.ts';
import type { ExplainedTable } from './tables.ts';
import type { TraceContext } from './trace-block.ts';
import { type Attribution, Tracer } from './tracer.ts';

export type ColumnOwner = 'chain' | 'application' | 'link' | 'confirmation' | 'receipt';

/** A current or former value of a column. */
export interface ExplainedValue {
  readonly value: ShownColumnValue;
  readonly blockNumber: number | null;
  /** The index of the event that set it in the explanation's events, or null if it can no longer be determined. */
  readonly event: number | null;
  /** The value depends on a contract read: the log alone would yield another value. */
  readonly isFromRead: boolean;
  /** The generation of the rebuild that set it, or 0 for the first fold. */
  readonly generation: number;
}

export interface ExplainedColumn {
  readonly column: string;
  readonly owner: ColumnOwner;
  readonly value: ShownColumnValue;
  /** The chain's value, in a list of one, if the row has a different value that no event set. Null otherwise. */
  readonly shouldBe: readonly [ShownColumnValue] | null;
  /** Newest first. Empty for columns that the chain does not own. */
  readonly values: readonly ExplainedValue[];
}

/** A reorg, a replay or a repair that reverted the row to its state before a block. */
export interface RevertedChange {
  readonly cause: Exclude<Cause, 'block'>;
  readonly beforeBlock: number;
  readonly generation: number;
  readonly removedRow: boolean;
  readonly recordedAt: string;
}

/** The state of the row compared with the journal. */
export type RowState =
  | 'present'
  /** A reorg, a replay or a repair removed the row. */
  | 'taken back'
  /** The journal contains the row's insert but no later removal, and the row is missing. */
  | 'missing'
  /** The row exists, but no event inserted it. */
  | 'invented'
  /** The application owns the row, or its origin is unknown. */
  | 'not the chain’s'
  | 'unknown';

export interface Explanation {
  readonly table: string;
  readonly id: Uuid;
  readonly label: string | null;
  readonly state: RowState;
  readonly columns: readonly ExplainedColumn[];
  /** In chain order. */
  readonly events: readonly DescribedEvent[];
  readonly takenBack: readonly RevertedChange[];
  readonly applicationChanges: readonly ApplicationChange[];
  /** The number of older changes that are omitted. */
  readonly omittedChanges: number;
  /** Blocks that cannot be projected again, with the reason. Their events come from the journal alone. */
  readonly untraceable: readonly { readonly blockNumber: number; readonly reason: string }[];
}

/** Explains one row. `client` must have a snapshot open, with the time zone UTC. */
export async function explainRow(
  context: TraceContext,
  table: ExplainedTable,
  id: Uuid,
  mostChanges: number,
): Promise<Explanation> {
  const { client } = context;
  const live = await liveImage(client, table.name, id);
  const label = await labelOf(client, table, id);
  const applicationChanges = await applicationChangesOf(client, table.name, id);
  if (table.chain === null || (live !== null && live['chain_id'] === 'null')) {
    return explainForeign(table, id, { live, label, applicationChanges });
  }
  const { records, omitted } = await journalOf(client, id, mostChanges);
  const standing = records.filter(({ stands }) => stands);
  const tracer = new Tracer(context, table.chain, id);
  const made = standing.find(({ operation }) => operation === 'I');
  const history: History = { live, standing, tracer };
  const columns: ExplainedColumn[] = [];
  const state = stateOf(live, standing, records, omitted > 0 || (await isBelowHorizon(context, live)));
  for (const name of Object.values(journaledColumns(table.chain)).map((column) => column.name))
    columns.push(await explainColumn(history, name, made ?? null));
  const { events, positions } = tracer.ordered();
  return {
    table: table.name,
    id,
    label,
    state,
    columns: [
      ...columns.map((column) => renumbered(column, positions)),
      ...foreignColumns(table.chain, live),
    ],
    events,
    takenBack: records.flatMap(takenBackBy),
    applicationChanges,
    omittedChanges: omitted,
    untraceable: tracer.untraceable,
  };
}

function renumbered(column: ExplainedColumn, positions: readonly number[]): ExplainedColumn {
  const values = column.values.map((value) => ({
    ...value,
    event: value.event === null ? null : (positions[value.event] ?? null),
  }));
  return { ...column, values };
}

function explainForeign(
  table: ExplainedTable,
  id: Uuid,
  {
    live,
    label,
    applicationChanges,
  }: { live: Image | null; label: string | null; applicationChanges: ApplicationChange[] },
): Explanation {
  const columns = Object.entries(live ?? {}).map(([column, json]): ExplainedColumn => ({
    column,
    owner: 'application',
    value: shownValue(json, 'text'),
    shouldBe: null,
    values: [],
  }));
  return {
    table: table.name,
    id,
    label,
    state: live === null && applicationChanges.length === 0 ? 'unknown' : 'not the chain’s',
    columns,
    events: [],
    takenBack: [],
    applicationChanges,
    omittedChanges: 0,
    untraceable: [],
  };
}

function stateOf(
  live: Image | null,
  standing: readonly JournalRecord[],
  records: readonly JournalRecord[],
  isOlderThanJournal: boolean,
): RowState {
  if (live === null) {
    if (standing.length > 0) return 'missing';
    return records.length > 0 ? 'taken back' : 'unknown';
  }
  const wasMade = standing.some(({ operation }) => operation === 'I');
  return wasMade || isOlderThanJournal ? 'present' : 'invented';
}

/** Whether retention may have detached the journal entry of the row's insert. */
async function isBelowHorizon({ client, chainId }: TraceContext, live: Image | null): Promise<boolean> {
  const horizon = await journalHorizon(client, chainId);
  return horizon > 0 && Number(live?.['block_number'] ?? Number.POSITIVE_INFINITY) <= horizon;
}

interface History {
  readonly live: Image | null;
  readonly standing: readonly JournalRecord[];
  readonly tracer: Tracer;
}

/** Walks back from the current value through the images of the changes in force. */
async function explainColumn(
  { live, standing, tracer }: History,
  name: string,
  made: JournalRecord | null,
): Promise<ExplainedColumn> {
  const sqlType = tracer.sqlType(name);
  const current = live?.[name] ?? null;
  const values: ExplainedValue[] = [];
  let json: JsonText | null = current;
  let newest: Attribution | null = null;
  for (const record of standing.toReversed()) {
    const earlier = record.before?.[name];
    if (earlier === undefined && record !== made) continue;
    const attribution = await tracer.attribute(record, name);
    newest ??= attribution;
    values.push({
      value: shownValue(json, sqlType),
      blockNumber: record.blockNumber,
      event: attribution.event,
      isFromRead: attribution.isFromRead,
      generation: record.generation,
    });
    json = earlier ?? null;
    if (record === made) break;
  }
  const expected = newest?.json ?? null;
  const isWrong = expected !== null && !sameJson(expected, current);
  if (values.length === 0 && live !== null)
    values.push({
      value: shownValue(current, sqlType),
      blockNumber: null,
      event: null,
      isFromRead: false,
      generation: 0,
    });
  return {
    column: name,
    owner: 'chain',
    value: shownValue(current, sqlType),
    shouldBe: isWrong ? [shownValue(expected, sqlType)] : null,
    values: isWrong
      ? values.map((value, index) =>
          index === 0 ? { ...value, value: shownValue(expected, sqlType) } : value,
        )
      : values,
  };
}

function takenBackBy(record: JournalRecord): RevertedChange[] {
  if (record.cause === 'block') return [];
  const { cause, blockNumber, generation, operation, recordedAt } = record;
  return [{ cause, beforeBlock: blockNumber, generation, removedRow: operation === 'D', recordedAt }];
}

function foreignColumns(table: ChainTableName, live: Image | null): ExplainedColumn[] {
  const { table: schema, others } = chainTable(table);
  return Object.entries<PgColumn>(getTableColumns<PgTable>(schema)).flatMap(([property, column]) => {
    const owned = others[property];
    if (owned === undefined) return [];
    const owner = owned === 'initial' ? 'application' : owned;
    const value = shownValue(live?.[column.name] ?? null, column.getSQLType());
    return [{ column: column.name, owner, value, shouldBe: null, values: [] }];
  });
}

/** Whether the row and all its columns are exactly as the chain made them. */
export function isSound({ state, columns }: Explanation): boolean {
  return state !== 'missing' && state !== 'invented' && columns.every(({ shouldBe }) => shouldBe === null);
}
