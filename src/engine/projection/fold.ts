/**
 * The fold: events in, row changes out. A batch is folded in two steps, with the load of its rows in between:
 * first all handlers name their entities, then all events are applied, in chain order.
 *
 * Invariant: folding the same events, divided into batches of whole blocks in any way, gives the same rows,
 * journal and quarantine.
 */
import type { ChainEvent, DecodedBatch } from '../contract/events.ts';
import type { RawLog } from '../rpc/types.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { CooperativeSteps } from '../../primitives/steps.ts';
import type { JournalEntry } from './journal.ts';
import type { Load } from './entity.ts';
import type { Area } from './projection.ts';
import type { ProjectionSet } from './projection-set.ts';
import {
  BatchRows,
  type LoadedRow,
  type NewStandard,
  type NewUser,
  type RowChange,
  type TableChanges,
  type WantedRows,
} from './rows.ts';
import type { FoldTrace } from './trace.ts';

/** A log that had no effect, with the reason. */
export interface QuarantinedLog {
  readonly log: RawLog;
  readonly eventName: string | null;
  readonly stage: 'decode' | 'fold';
  readonly area: Area | null;
  readonly error: Error;
}

/** The effect of a batch: everything that the store saves in one transaction. */
export interface BatchEffect {
  readonly changes: readonly TableChanges[];
  readonly users: readonly NewUser[];
  readonly standards: readonly NewStandard[];
  readonly journal: readonly JournalEntry[];
  readonly quarantined: readonly QuarantinedLog[];
  /** The number of logs that took effect, including ledger-only ones. */
  readonly applied: number;
}

/** A batch whose handlers have named their entities. Serves one fold. */
export interface PreparedBatch {
  /** The rows to load; valid until the fold begins. */
  readonly wanted: WantedRows;
  /**
   * Applies the events to the loaded rows. Yields after a few events, so that the event loop can do other
   * work, such as reading PostgreSQL's answers.
   */
  fold(loaded: Iterable<LoadedRow>): CooperativeSteps<BatchEffect>;
}

/** Few enough to be applied in some milliseconds. */
const eventsInStep = 250;

/** Lets every handler of the batch name its entities. A trace also records what each event does. */
export function prepareBatch(
  batch: Pick<DecodedBatch, 'events' | 'undecoded'>,
  projections: ProjectionSet,
  trace: FoldTrace | null = null,
): PreparedBatch {
  const rows = new BatchRows(projections.lookups);
  const events = prepareEvents(batch.events, projections, rows);
  trace?.prepare(projections, rows);
  return { wanted: rows.wanted, fold: (loaded) => foldPrepared(batch, events, rows, loaded, trace) };
}

/** An event with what its handlers' `entities` returned, in the order of the handlers. */
export interface PreparedEvent {
  readonly event: ChainEvent;
  readonly handlers: ReturnType<ProjectionSet['handlersOf']>;
  readonly entities: readonly unknown[];
}

/** Lets the events' handlers name their entities. */
export function prepareEvents(
  events: readonly ChainEvent[],
  projections: ProjectionSet,
  load: Load,
): PreparedEvent[] {
  return events.map((event) => prepareEvent(event, projections, load));
}

/**
 * A separate function, like `applyEvent`, because V8 would recompile the loop, with everything inlined into
 * it, after each exit.
 */
function prepareEvent(event: ChainEvent, projections: ProjectionSet, load: Load): PreparedEvent {
  const handlers = projections.handlersOf(event.kind, event.name);
  return { event, handlers, entities: handlers.map(({ handler }) => handler.entities(event, load)) };
}

function* foldPrepared(
  { undecoded }: Pick<DecodedBatch, 'undecoded'>,
  events: readonly PreparedEvent[],
  rows: BatchRows,
  loaded: Iterable<LoadedRow>,
  trace: FoldTrace | null,
): CooperativeSteps<BatchEffect> {
  rows.fill(loaded);
  const quarantined: QuarantinedLog[] = undecoded.map(({ log, eventName, error }) => ({
    log,
    eventName,
    stage: 'decode',
    area: null,
    error,
  }));
  let applied = 0;
  for (let start = 0; start < events.length; start += eventsInStep) {
    const step = events.slice(start, start + eventsInStep);
    const failures = applyEvents(step, rows, trace);
    applied += step.length - failures.length;
    quarantined.push(...failures);
    yield;
  }
  return {
    changes: rows.changes(),
    users: rows.users(),
    standards: rows.standards(),
    journal: rows.journal(),
    quarantined,
    applied,
  };
}

function applyEvents(
  events: readonly PreparedEvent[],
  rows: BatchRows,
  trace: FoldTrace | null,
): QuarantinedLog[] {
  const failures: QuarantinedLog[] = [];
  for (const event of events) {
    const failure = trace === null ? applyEvent(event, rows) : trace.apply(event, rows);
    if (failure !== null) failures.push(failure);
  }
  return failures;
}

/**
 * Applies one event completely or not at all. Returns the quarantine entry if one of its handlers fails, else
 * null. Throws an InvariantError, because a program error must not be recorded as bad input. Calls `observe`
 * for each change of a row, even if a later failure reverts it.
 */
export function applyEvent(
  { event, handlers, entities }: PreparedEvent,
  rows: BatchRows,
  observe: ((change: RowChange) => void) | null = null,
): QuarantinedLog | null {
  let area: Area | null = null;
  const effect = (): void => {
    for (const [index, one] of handlers.entries()) {
      area = one.area;
      one.handler.apply(event, entities[index], rows);
    }
  };
  try {
    rows.during(event, effect, observe);
    return null;
  } catch (error) {
    if (error instanceof InvariantError || !(error instanceof Error)) throw error;
    return { log: event.log, eventName: event.name, stage: 'fold', area, error };
  }
}
