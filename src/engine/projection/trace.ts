/**
 * The fold, watched: what each event did to which rows, and which of a row's values came from the contract reads rather than
 * from the log itself. For explaining rows, not for making them.
 *
 * What came from a read is found by trying: the event is applied once as if every read had been unavailable, taken back, and
 * applied again; the values that differ are the reads'.
 */
import type { ChainEvent } from '../contract/events.ts';
import type { ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { applyEvent, type EventApplier, type ProjectionSet, type QuarantinedLog } from './fold.ts';
import { sameValue } from './journal.ts';
import type { AnyRow, RowChange, Rows } from './rows.ts';
import { tableShape } from './shape.ts';

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

/** Records what each event of a batch does while the batch is folded. For one fold. */
export class FoldTrace implements EventApplier {
  /** The batch's events as they would be without their contract reads, in the same order. */
  readonly withoutReads: readonly ChainEvent[];
  readonly #events: TracedEvent[] = [];

  constructor(withoutReads: readonly ChainEvent[]) {
    this.withoutReads = withoutReads;
  }

  /** The events that were applied so far. */
  get events(): readonly TracedEvent[] {
    return this.#events;
  }

  apply(event: ChainEvent, projections: ProjectionSet, rows: Rows): QuarantinedLog | null {
    const withoutReads = this.withoutReads[this.#events.length];
    // An event without reads needs no trial. One that fails without its reads owes everything to them.
    const trial =
      event.answer === undefined || withoutReads === undefined
        ? null
        : changesOnTrial(withoutReads, projections, rows);
    const seen: RowChange[] = [];
    const failure = applyEvent(event, projections, rows, (change) => seen.push(change));
    const changes = failure === null ? [...merged(seen).values()] : [];
    this.#events.push({
      event,
      failure: failure?.error ?? null,
      changes: changes.map((change) => traced(event, change, trial)),
    });
    return failure;
  }
}

/** By the row's id. */
type Changes = ReadonlyMap<string, RowChange>;

/** What the event would do; nothing of it remains. Empty if it fails, whatever the failure. */
function changesOnTrial(event: ChainEvent, projections: ProjectionSet, rows: Rows): Changes {
  const seen: RowChange[] = [];
  const effect = (): never => {
    for (const { handler } of projections.handlersOf(event.kind, event.name)) handler.apply(event, rows);
    throw new RevertedChange();
  };
  try {
    rows.during(event, effect, (change) => seen.push(change));
  } catch (error) {
    if (error instanceof RevertedChange) return merged(seen);
    if (!(error instanceof Error)) throw error;
  }
  return new Map();
}

class RevertedChange extends Error {}

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
  trial: Changes | null,
): TracedChange {
  const set = tableShape(table).journaled.filter(
    (column) => before === null || !sameValue(before[column] ?? null, after[column] ?? null),
  );
  // Not changed by the trial: it left the row as it was.
  const otherwise = trial === null ? after : (trial.get(id)?.after ?? before);
  const fromReads = set.filter((column) => !sameValue(after[column] ?? null, otherwise?.[column] ?? null));
  const made = before === null;
  const logIndex = made ? Number(after['logIndex']) : log.logIndex;
  return { table, id, made, logIndex, after, set, fromReads: new Set(fromReads) };
}
