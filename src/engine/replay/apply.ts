/**
 * Between two batches, in one transaction fenced by the leader's epoch: what isn't final is undone, what differs is merged, and what isn't final is
 * folded again on top of it.
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
import type { ProjectionSet } from '../projection/fold.ts';
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
  /** Finds out what would change, and keeps nothing of it. */
  readonly dryRun: boolean;
  readonly projections: ProjectionSet;
  /** Logs in one batch of the tail's fold. */
  readonly batchLogs: number;
  readonly context: Pick<ExecutionContext, 'signal'> & {
    /** Null for a process that doesn't lead: nothing is kept then. */
    readonly lease: Lease | null;
  };
}

export interface Applied {
  readonly differences: TableDifference[];
  /** Rows of blocks that aren't final yet that are otherwise now. */
  readonly tailRows: number;
  readonly resolved: number;
  readonly quarantined: number;
  /** The number of this replay; null where it changed nothing. */
  readonly generation: number | null;
}

/** Applies what the comparison noted; keeps nothing where it changes nothing, or only the differences are wanted. */
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
  // What has been ingested since is left to the daemon, unless the branch has changed.
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
  return new CannotRunError('Nothing is in the tables yet, so there is nothing to be folded again.', {
    code: 'replay/nothing-projected',
    fix: 'Start the daemon first.',
    place: { chainId },
  });
}
