/**
 * Traces the fold: the changes of each event, and which of a row's values came from contract reads and not
 * from the log. Serves to explain rows, not to make them.
 *
 * A trial finds the values that come from reads. The event is applied as if every read were unavailable,
 * reverted, and applied again; the values that differ come from reads.
 */
import type { ChainEvent } from '../contract/events.ts';
import type { ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { applyEvent, type PreparedEvent, prepareEvents, type QuarantinedLog } from './fold.ts';
import type { AnyRow, Load } from './entity.ts';
import type { ProjectionSet } from './projection-set.ts';
import { sameValue } from './journal.ts';
import type { BatchRows, RowChange } from './rows.ts';
import { tableShape } from './shape.ts';

/** One event's change of one row. */
export interface TracedChange {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly made: boolean;
  /**
   * The log of the change. If an earlier event of the transaction made the row in advance, the log of the
   * event that announces the row.
   */
  readonly logIndex: number;
  readonly after: AnyRow;
  /** The columns that the change set, by property name: all of them if it made the row. */
  readonly set: readonly string[];
  /** Those of them whose values the log alone does not determine. */
  readonly fromReads: ReadonlySet<string>;
}

export interface TracedEvent {
  readonly event: ChainEvent;
  readonly changes: readonly TracedChange[];
  /** Why the event had no effect; its log is in the quarantine. */
  readonly failure: Error | null;
}

/** Records what each event of a batch does during the fold. An instance serves one fold. */
export class FoldTrace {
  readonly #withoutReads: readonly ChainEvent[];
  #trials: readonly PreparedEvent[] = [];
  readonly #events: TracedEvent[] = [];

  /** `withoutReads` are the batch's events without their contract reads, in the same order. */
  constructor(withoutReads: readonly ChainEvent[]) {
    this.#withoutReads = withoutReads;
  }

  /** The events applied so far. */
  get events(): readonly TracedEvent[] {
    return this.#events;
  }

  /** Lets the handlers name the entities of the events without reads, since they may differ. */
  prepare(projections: ProjectionSet, load: Load): void {
    this.#trials = prepareEvents(this.#withoutReads, projections, load);
  }

  /** Applies the batch's next event, as `applyEvent` does, and records its changes. */
  apply(prepared: PreparedEvent, rows: BatchRows): QuarantinedLog | null {
    const { event } = prepared;
    const withoutReads = this.#trials[this.#events.length];
    // An event without reads needs no trial. If the trial fails, all values come from the reads.
    const trial =
      event.answer === undefined || withoutReads === undefined ? null : changesOnTrial(withoutReads, rows);
    const seen: RowChange[] = [];
    const failure = applyEvent(prepared, rows, (change) => seen.push(change));
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

/** Returns what the event would do, and reverts it. Empty if the event fails, for any reason. */
function changesOnTrial({ event, handlers, entities }: PreparedEvent, rows: BatchRows): Changes {
  const seen: RowChange[] = [];
  const effect = (): never => {
    for (const [index, { handler }] of handlers.entries()) handler.apply(event, entities[index], rows);
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

/** Merges several changes of one row by one event into one. */
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
  // The trial did not change the row.
  const otherwise = trial === null ? after : (trial.get(id)?.after ?? before);
  const fromReads = set.filter((column) => !sameValue(after[column] ?? null, otherwise?.[column] ?? null));
  const made = before === null;
  const logIndex = made ? Number(after['logIndex']) : log.logIndex;
  return { table, id, made, logIndex, after, set, fromReads: new Set(fromReads) };
}
