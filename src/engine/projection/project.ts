/**
 * The one driver of the projection: asks which rows a batch's events concern, loads them, and folds the events over them. Head,
 * backfill, replay, audit, `explain` and the generated data all call it; they differ only in where the rows are, and in what they do
 * with the effect.
 */
import type { DecodedBatch } from '../contract/events.ts';
import { runCooperatively } from '../../primitives/steps.ts';
import {
  type BatchEffect,
  foldStepwise,
  type LoadedRow,
  type ProjectionSet,
  wantedBy,
  type WantedRows,
} from './fold.ts';
import type { FoldTrace } from './trace.ts';

/** Where the rows are that a batch needs, as they were before its first block. */
export interface RowSource {
  /** The rows that are wanted and exist, each once. Rows that don't answer a lookup may be among them: the fold leaves those out. */
  load(wanted: WantedRows): Promise<readonly LoadedRow[]>;
}

export interface ProjectOptions {
  readonly projections: ProjectionSet;
  /** Records what each event did, for explaining rows. */
  readonly trace?: FoldTrace;
}

/**
 * Projects a batch of whole blocks: returns what its events do to the rows, and saves nothing. A log that can't take effect is
 * quarantined in the effect; only a fault of the program (InvariantError) and a failure of `rows` are thrown.
 *
 * `rows` is asked in the same turn of the event loop as `project` is called. The fold then lets the loop run between its steps, so the
 * rows must stay as they are until it ends.
 */
export async function project(
  batch: DecodedBatch,
  rows: RowSource,
  { projections, trace }: ProjectOptions,
): Promise<BatchEffect> {
  const events = trace === undefined ? batch.events : [...batch.events, ...trace.withoutReads];
  const wanted = wantedBy({ events }, projections);
  const loaded = await rows.load(wanted);
  return await runCooperatively(foldStepwise(batch, projections, wanted, loaded, trace));
}
