/**
 * Applies a replay between two batches, in one transaction fenced by the leader's epoch: undoes the blocks that are not final, merges the
 * differences, and projects those blocks again.
 */
import type { ClientBase } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import { inTransaction } from '../../db/client.ts';
import { recordSystemEvent } from '../../db/system-events.ts';
import { lastLedgerBlock } from '../ledger/blocks.ts';
import { isCanonical } from '../ledger/branches.ts';
import { moveCursor, readCursor } from '../ledger/cursors.ts';
import { clearStale } from '../ledger/projection-versions.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { ExecutionContext } from '../leader/commands/command.ts';
import type { Lease } from '../leader/leadership.ts';
import { type Comparison, decide, noteTail } from './compare.ts';
import { readDifferences, type TableDifference } from './difference.ts';
import { mergeDifferences } from './merge.ts';
import type { Plan } from './plan.ts';
import {
  addSharedRows,
  fillMergedReceiptFacts,
  linkMerged,
  nextGeneration,
  recordReplay,
  reconcileQuarantine,
} from './reconcile.ts';
import type { Shadow } from './shadow.ts';
import { countTailDifferences, countTailQuarantine, projectTail, undoTail } from './tail.ts';

export interface Applying {
  readonly plan: Plan;
  readonly comparison: Comparison;
  /** Only determines the changes and rolls them back. */
  readonly dryRun: boolean;
  readonly projections: ProjectionSet;
  /** Logs per batch when projecting the non-final blocks. */
  readonly batchLogs: number;
  readonly context: Pick<ExecutionContext, 'signal'> & {
    /** Null for a process that does not lead. All changes are then rolled back. */
    readonly lease: Lease | null;
  };
}

export interface Applied {
  readonly differences: TableDifference[];
  /** Rows of non-final blocks that have changed. */
  readonly tailRows: number;
  readonly resolved: number;
  readonly quarantined: number;
  /** The number of this replay, or null if it changed nothing. */
  readonly generation: number | null;
}

/** Applies the differences that the comparison found. Rolls back if there are none or if the run is a dry run. */
export async function applyDifferences(shadow: Shadow, applying: Applying): Promise<Applied> {
  const isKept = ({ generation }: Applied): boolean =>
    generation !== null && !applying.dryRun && applying.context.lease !== null;
  const applied = await inTransaction(
    shadow.client,
    async (client) => await applyInTransaction(client, applying),
    { isolation: 'repeatable read', keeps: isKept },
  );
  return isKept(applied) ? applied : { ...applied, generation: null };
}

async function applyInTransaction(client: ClientBase, applying: Applying): Promise<Applied> {
  const { comparison } = applying;
  const { lease } = applying.context;
  const { chainId, to } = comparison;
  await lease?.fence(client);
  const cursor = await readCursor(client, chainId, 'projection');
  const ingested = await readCursor(client, chainId, 'ingest');
  if (cursor === null || ingested === null) throw nothingProjected(chainId);
  await noteTail(client, comparison);
  await undoTail(client, { chainId, after: to });
  await addSharedRows(client);
  await decide(client, comparison);
  const differences = await readDifferences(client, comparison.tables);
  const generation = await nextGeneration(client, chainId);
  if (differences.length > 0) {
    await mergeDifferences(client, { ...comparison, generation });
    await linkMerged(client, chainId, applying.projections.links);
    await fillMergedReceiptFacts(client, chainId);
  }
  const { plan, projections } = applying;
  const range = { chainId, from: plan.from, to, areas: plan.areas };
  const quarantine = await reconcileQuarantine(client, range, projections);
  const tail = await reprojectTail(client, applying, { cursor, ingested });
  const isChanged =
    differences.length + tail.rows + tail.logs + quarantine.resolved + quarantine.quarantined > 0;
  const applied = { differences, tailRows: tail.rows, ...quarantine };
  if (!isChanged) return { ...applied, generation: null };
  const reached = tail.last ?? (await lastLedgerBlock(client, chainId, to));
  if (lease !== null && reached !== null && reached.hash !== cursor.hash)
    await moveCursor(client, {
      chainId,
      stream: 'projection',
      from: cursor,
      to: reached,
      epoch: lease.epoch,
    });
  await recordApplied(client, applying, { ...applied, generation });
  return { ...applied, generation };
}

interface Reached {
  readonly cursor: BlockReference;
  readonly ingested: BlockReference;
}

async function reprojectTail(client: ClientBase, applying: Applying, { cursor, ingested }: Reached) {
  const { comparison, projections, batchLogs, context } = applying;
  const { chainId, to } = comparison;
  const tail = { chainId, after: to, projections, batchLogs, signal: context.signal };
  // The daemon projects blocks ingested since then, unless the branch has changed.
  const upTo = (await isCanonical(client, chainId, cursor)) ? cursor.number : ingested.number;
  const last = await projectTail(client, tail, upTo);
  const rows = await countTailDifferences(client, tail);
  const logs = await countTailQuarantine(client, tail);
  return { last, rows, logs };
}

async function recordApplied(
  client: ClientBase,
  { plan, comparison }: Applying,
  { generation, differences, tailRows, resolved, quarantined }: Applied & { readonly generation: number },
): Promise<void> {
  const { chainId, to } = comparison;
  const { areas, from } = plan;
  await clearStale(client, chainId, plan);
  await recordReplay(client, { chainId, from, to, areas, generation, changes: differences });
  await recordSystemEvent(client, {
    eventType: 'replay',
    severity: 'info',
    data: { chainId, generation, areas: [...areas], from, to, tailRows, resolved, quarantined },
  });
}

function nothingProjected(chainId: number): CannotRunError {
  return new CannotRunError('The tables are still empty, so there is nothing to replay.', {
    code: 'replay/nothing-projected',
    fix: 'Start the daemon first.',
    place: { chainId },
  });
}
