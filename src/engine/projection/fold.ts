/**
 * The fold: events in, row changes out. `wantedBy` returns the rows that a decoded batch needs, and
 * `foldStepwise` computes the changes. `project()` runs both, with the load in between.
 *
 * Invariant: folding the same events, divided into batches of whole blocks in any way, gives the same rows,
 * journal and quarantine.
 */
import type { ChainEvent, DecodedBatch } from '../contract/events.ts';
import type { RawLog } from '../rpc/types.ts';
import type { ChainTableName } from '../tables.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { CooperativeSteps } from '../../primitives/steps.ts';
import type { JournalEntry } from './journal.ts';
import type { Area, Lookup, LookupKey, Wanted } from './projection.ts';
import type { ProjectionSet } from './projection-set.ts';
import {
  type AnyRow,
  lookupText,
  type NewStandard,
  type NewUser,
  type RowChange,
  Rows,
  type TableChanges,
} from './rows.ts';

/** The rows that a batch needs, each listed once. */
export interface WantedRows {
  readonly rows: ReadonlyMap<ChainTableName, ReadonlySet<Uuid>>;
  /** By `lookupText`. */
  readonly lookups: ReadonlyMap<string, { readonly question: Lookup; readonly key: LookupKey }>;
}

export interface LoadedRow {
  readonly table: ChainTableName;
  readonly row: AnyRow;
}

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

/** Returns the rows that the batch's events may read or change. */
export function wantedBy(batch: Pick<DecodedBatch, 'events'>, projections: ProjectionSet): WantedRows {
  const rows = new Map<ChainTableName, Set<Uuid>>();
  const lookups = new Map<string, { question: Lookup; key: LookupKey }>();
  const wanted: Wanted = {
    row(table, id) {
      let ids = rows.get(table);
      if (ids === undefined) rows.set(table, (ids = new Set()));
      ids.add(id);
    },
    all(question, key) {
      const erased = question as unknown as Lookup;
      lookups.set(lookupText(erased, key), { question: erased, key });
    },
  };
  for (const event of batch.events) touch(event, projections, wanted);
  return { rows, lookups };
}

/**
 * A separate function, like `applyEvent`, because V8 would recompile the loop, with everything inlined into
 * it, after each exit.
 */
function touch(event: ChainEvent, projections: ProjectionSet, wanted: Wanted): void {
  for (const { handler } of projections.handlersOf(event.kind, event.name)) handler.touch(event, wanted);
}

/**
 * Applies one event: `applyEvent` or a wrapper of it. Returns the error if the event had no effect, else
 * null.
 */
export interface EventApplier {
  apply(event: ChainEvent, projections: ProjectionSet, rows: Rows): QuarantinedLog | null;
}

/** Few enough to be applied in some milliseconds. */
const eventsInStep = 250;

/**
 * Applies the batch's events, in order, to the rows that `wantedBy` listed. Yields after a few events, so
 * that the event loop can do other work, such as reading PostgreSQL's answers.
 */
export function* foldStepwise(
  batch: DecodedBatch,
  projections: ProjectionSet,
  wanted: WantedRows,
  loaded: Iterable<LoadedRow>,
  applier: EventApplier = { apply: applyEvent },
): CooperativeSteps<BatchEffect> {
  const rows = new Rows(wanted.rows, projections.lookups, new Set(wanted.lookups.keys()), loaded);
  const quarantined: QuarantinedLog[] = batch.undecoded.map(({ log, eventName, error }) => ({
    log,
    eventName,
    stage: 'decode',
    area: null,
    error,
  }));
  const { events } = batch;
  let applied = 0;
  for (let start = 0; start < events.length; start += eventsInStep) {
    const step = events.slice(start, start + eventsInStep);
    const failures = applyEvents(step, projections, rows, applier);
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
  events: readonly ChainEvent[],
  projections: ProjectionSet,
  rows: Rows,
  applier: EventApplier,
): QuarantinedLog[] {
  const failures: QuarantinedLog[] = [];
  for (const event of events) {
    const failure = applier.apply(event, projections, rows);
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
  event: ChainEvent,
  projections: ProjectionSet,
  rows: Rows,
  observe: ((change: RowChange) => void) | null = null,
): QuarantinedLog | null {
  let area: Area | null = null;
  const effect = (): void => {
    for (const one of projections.handlersOf(event.kind, event.name)) {
      area = one.area;
      one.handler.apply(event, rows);
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
