/**
 * Where a row's values come from: for every column the event that set it, and each value it had before.
 *
 * The values are the journal's and the row's; which event of a block set which of them is found by folding the block again over
 * the rows as they stood before it. Where both disagree about a value that the row has now, somebody else wrote it.
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

/** A value that a column has or had. */
export interface ExplainedValue {
  readonly value: ShownColumnValue;
  readonly blockNumber: number | null;
  /** Which of the explanation's events set it, from 0; null where that can't be told any more. */
  readonly event: number | null;
  /** The log alone wouldn't have given it: it is a contract read's. */
  readonly isFromRead: boolean;
  /** The rebuild that set it; 0 for the first fold. */
  readonly generation: number;
}

export interface ExplainedColumn {
  readonly column: string;
  readonly owner: ColumnOwner;
  readonly value: ShownColumnValue;
  /** The chain's value, in a list of one, where the row has another that no event set. */
  readonly shouldBe: readonly [ShownColumnValue] | null;
  /** Newest first; empty for columns that aren't the chain's. */
  readonly values: readonly ExplainedValue[];
}

/** A reorganization, a replay or a repair that took the row back to what it was before a block. */
export interface RevertedChange {
  readonly cause: Exclude<Cause, 'block'>;
  readonly beforeBlock: number;
  readonly generation: number;
  readonly removedRow: boolean;
  readonly recordedAt: string;
}

/** What the row itself is: as the journal has it, or not. */
export type RowState =
  | 'present'
  /** A reorganization, a replay or a repair removed it. */
  | 'taken back'
  /** The journal has made it and nothing has removed it. */
  | 'missing'
  /** No event has made it. */
  | 'invented'
  /** The application's own, or unknown. */
  | 'not the chain’s'
  | 'unknown';

export interface Explanation {
  readonly table: string;
  readonly id: Uuid;
  readonly label: string | null;
  readonly state: RowState;
  readonly columns: readonly ExplainedColumn[];
  /** In the chain's order. */
  readonly events: readonly DescribedEvent[];
  readonly takenBack: readonly RevertedChange[];
  readonly applicationChanges: readonly ApplicationChange[];
  /** Changes older than those that are told. */
  readonly omittedChanges: number;
  /** Blocks that can't be folded again, so that their events are told by the journal alone, with the reason. */
  readonly untraceable: readonly { readonly blockNumber: number; readonly reason: string }[];
}

/** Explains one row. `client` must have one snapshot open, in UTC. */
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

/** Whether the journal of the row's making may have been detached by retention. */
async function isBelowHorizon({ client, chainId }: TraceContext, live: Image | null): Promise<boolean> {
  const horizon = await journalHorizon(client, chainId);
  return horizon > 0 && Number(live?.['block_number'] ?? Number.POSITIVE_INFINITY) <= horizon;
}

interface History {
  readonly live: Image | null;
  readonly standing: readonly JournalRecord[];
  readonly tracer: Tracer;
}

/** Goes back from the value that the row has now, through the images of the changes that stand. */
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

/** Whether anything about the row isn't as the chain made it. */
export function isSound({ state, columns }: Explanation): boolean {
  return state !== 'missing' && state !== 'invented' && columns.every(({ shouldBe }) => shouldBe === null);
}
