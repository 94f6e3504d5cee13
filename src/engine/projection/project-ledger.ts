/** Projects a range of the ledger, batch by batch: for replays and audits, which have no cursor to move. */
import type { ContractSet } from '../contract/contract-set.ts';
import { type BlockBatch, decodeBatch } from '../contract/decode-batch.ts';
import type { DecodedBatch } from '../contract/events.ts';
import type { BatchEffect } from './fold.ts';
import type { ProjectionSet } from './projection-set.ts';
import { project, type RowSource } from './project.ts';

/** Reads the batch that follows a block; null after the last batch of the range. */
export type ReadBatch = (after: number) => Promise<BlockBatch | null>;

export interface LedgerStretch {
  readonly read: ReadBatch;
  /** The block before the first one; -1 for the whole chain. */
  readonly after: number;
  readonly contracts: ContractSet;
  readonly projections: ProjectionSet;
  /** Called for each batch after the previous batch's effect was yielded, so it must include that effect. */
  readonly rows: RowSource;
  readonly signal?: AbortSignal | undefined;
}

export interface ProjectedBatch {
  readonly batch: BlockBatch;
  readonly decoded: DecodedBatch;
  readonly effect: BatchEffect;
}

/**
 * Yields the range's batches with their effects, in order. The caller decides what to do with an effect.
 * Throws as `project` does.
 */
export async function* projectLedger({
  read,
  contracts,
  rows,
  projections,
  signal,
  ...stretch
}: LedgerStretch): AsyncGenerator<ProjectedBatch> {
  let { after } = stretch;
  for (;;) {
    signal?.throwIfAborted();
    const batch = await read(after);
    if (batch === null) return;
    after = batch.to.number;
    const decoded = decodeBatch(batch, contracts);
    const effect = await project(decoded, rows, { projections });
    yield { batch, decoded, effect };
  }
}

/**
 * Returns a reader that reads the next batch while the caller works on the previous one. `read` needs its own
 * connection.
 */
export function readAhead(read: ReadBatch): ReadBatch {
  let next: { readonly after: number; readonly batch: Promise<BlockBatch | null> } | null = null;
  return async (after) => {
    const batch = await (next?.after === after ? next.batch : read(after));
    next = batch === null ? null : { after: batch.to.number, batch: read(batch.to.number) };
    // The error is thrown when the batch is awaited; until then it must not count as an unhandled rejection.
    void next?.batch.catch(() => undefined);
    return batch;
  };
}
