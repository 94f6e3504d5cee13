/**
 * The fold, watched: what each event did to which rows, and which of a row's values came from the contract reads rather than
 * from the log itself. For explaining rows, not for making them.
 *
 * What came from a read is found by trying: the event is applied once as if every read had been unavailable, taken back, and
 * applied again; the values that differ are the reads'.
 */
import type { ChainEvent } from '../../contracts/events.ts';
import type { ChainTableName } from '../../db/ownership.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { LoadedRow, ProjectionSet, WantedRows } from './fold.ts';
import { sameValue } from './journal.ts';
import { type AnyRow, type RowChange, Rows } from './rows.ts';
import { tableShape } from './shape.ts';

/** One event of a batch, twice: as it is, and as it would be without its reads. */
export interface TraceableEvent {
  readonly event: ChainEvent;
  readonly withoutReads: ChainEvent;
}

/** What an event did to one row. */
export interface TracedChange {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly made: boolean;
  /** The log that the change comes from: of a row that an earlier event of the transaction made ahead, that of the event which tells of it. */
  readonly logIndex: number;
  readonly after: AnyRow;
  /** The columns that it set, by property name: all of them where it made the row. */
  readonly set: readonly string[];
  /** Those of them whose values the log alone wouldn't have given. */
  readonly fromReads: ReadonlySet<string>;
}

export interface TracedEvent {
  readonly event: ChainEvent;
  readonly changes: readonly TracedChange[];
  /** Why it had no effect: its log is in the quarantine. */
  readonly failure: Error | null;
}

/** Folds events in order over the rows that they want, and tells what each did. */
export function traceFold(
  events: readonly TraceableEvent[],
  projections: ProjectionSet,
  wanted: WantedRows,
  loaded: Iterable<LoadedRow>,
): TracedEvent[] {
  let seen: RowChange[] = [];
  const lookups = new Set(wanted.lookups.keys());
  const rows = new Rows(wanted.rows, projections.lookups, lookups, loaded, (change) => seen.push(change));

  function attempt(event: ChainEvent, atEnd: () => void): Effect {
    seen = [];
    try {
      rows.during(event, () => {
        for (const { handler } of projections.handlersOf(event.kind, event.name)) handler.apply(event, rows);
        atEnd();
      });
      return { changes: merged(seen), failure: null };
    } catch (error) {
      if (error instanceof TakenBack) return { changes: merged(seen), failure: null };
      if (!(error instanceof Error)) throw error;
      return { changes: new Map(), failure: error };
    }
  }

  return events.map(({ event, withoutReads }) => {
    // An event without reads needs no trial. One that fails without its reads owes everything to them.
    const trial = event.answer === undefined ? null : attempt(withoutReads, takeBack);
    const { changes, failure } = attempt(event, () => undefined);
    if (failure instanceof InvariantError) throw failure;
    return {
      event,
      failure,
      changes: [...changes.values()].map((change) => traced(event, change, trial)),
    };
  });
}

interface Effect {
  readonly changes: ReadonlyMap<string, RowChange>;
  readonly failure: Error | null;
}

class TakenBack extends Error {}

function takeBack(): never {
  throw new TakenBack();
}

/** Several changes of one row by one event are one. */
function merged(changes: readonly RowChange[]): Map<string, RowChange> {
  const byRow = new Map<string, RowChange>();
  for (const change of changes) {
    const earlier = byRow.get(change.id);
    byRow.set(change.id, earlier === undefined ? change : { ...change, before: earlier.before });
  }
  return byRow;
}

function traced(
  { log }: ChainEvent,
  { table, id, before, after }: RowChange,
  trial: Effect | null,
): TracedChange {
  const set = tableShape(table).journaled.filter(
    (column) => before === null || !sameValue(before[column] ?? null, after[column] ?? null),
  );
  // Not changed by the trial: it left the row as it was.
  const otherwise = trial === null ? after : (trial.changes.get(id)?.after ?? before);
  const fromReads = set.filter((column) => !sameValue(after[column] ?? null, otherwise?.[column] ?? null));
  const made = before === null;
  const logIndex = made ? Number(after['logIndex']) : log.logIndex;
  return { table, id, made, logIndex, after, set, fromReads: new Set(fromReads) };
}
