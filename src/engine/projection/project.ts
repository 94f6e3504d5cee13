/**
 * The single driver of the projection. It collects the rows that a batch's events concern, loads them, and
 * folds the events over them. Head, backfill, replay, audit, `explain` and the generated datasets all use it.
 * They differ only in the source of the rows and in the use of the effect.
 */
import type { DecodedBatch } from '../contract/events.ts';
import { runCooperatively } from '../../primitives/steps.ts';
import { type BatchEffect, prepareBatch } from './fold.ts';
import type { ProjectionSet } from './projection-set.ts';
import type { LoadedRow, WantedRows } from './rows.ts';
import type { FoldTrace } from './trace.ts';

/** The source of the rows that a batch needs, in their state before its first block. */
export interface RowSource {
  /**
   * Returns the wanted rows that exist, each once. May include rows that do not match a lookup; the fold
   * ignores those.
   */
  load(wanted: WantedRows): Promise<readonly LoadedRow[]>;
}

export interface ProjectOptions {
  readonly projections: ProjectionSet;
  /** Records what each event did, to explain rows. */
  readonly trace?: FoldTrace;
}

/**
 * Projects a batch of whole blocks. Returns what its events do to the rows, and saves nothing. The effect
 * quarantines a log that cannot take effect. Throws only a program error (InvariantError) or an error of
 * `rows`.
 *
 * `rows` is called synchronously with `project`. The fold then yields to the event loop between its steps, so
 * the rows must not change until it ends.
 */
export async function project(
  batch: DecodedBatch,
  rows: RowSource,
  { projections, trace }: ProjectOptions,
): Promise<BatchEffect> {
  const prepared = prepareBatch(batch, projections, trace);
  const loaded = await rows.load(prepared.wanted);
  return await runCooperatively(prepared.fold(loaded));
}
