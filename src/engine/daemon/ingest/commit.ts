/**
 * Commits one update of the chain: one transaction appends blocks, logs, reads and children to the ledger and
 * moves the cursor.
 *
 * The slow path wakes the projection, which reads the ledger. The fast path serves small batches at the head
 * that are also next for the projection. It projects them in the same transaction, without a read of the new
 * rows and without a job.
 */
import type { ClientBase } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import { errorCode } from '../../../db/errors.ts';
import { pipelined } from '../../../db/pipeline.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import type { Hash } from '../../../primitives/hex.ts';
import { runSync } from '../../../primitives/steps.ts';
import { type BlockBatch, decodeBatch } from '../../contract/decode-batch.ts';
import { requestKey, type RequestKey } from '../../ledger/batch.ts';
import { appendBatch } from '../../ledger/blocks.ts';
import { orphanAfter, restoreBlocks } from '../../ledger/branches.ts';
import { type NotedHead, updateHead } from '../../ledger/chains.ts';
import { addContracts } from '../../ledger/contracts.ts';
import { moveCursor, readCursor } from '../../ledger/cursors.ts';
import { type Lease, LeadershipLostError } from '../../leader/leadership.ts';
import { isTransient } from '../../leader/retry-forever.ts';
import type { BatchEffect } from '../../projection/fold.ts';
import { project } from '../../projection/project.ts';
import type { BlockReference, ReadResult } from '../../rpc/types.ts';
import type { FetchedBatch } from '../../source/gather.ts';
import {
  type ChainUpdate,
  countLogs,
  lastBlock,
  type Position,
  positionAfter,
  type Tip,
} from '../../source/updates.ts';
import { liveRows } from '../../store/load.ts';
import { type ProjectorSettings, logBatch, prepareSave, writeFolded } from '../projection/fold-batch.ts';
import type { Projector } from '../projection/projector.ts';

export interface CommitSettings extends ProjectorSettings {
  readonly projector: Projector;
  /** Woken after each commit, because more blocks may be final. */
  readonly verifier: { wake(): void };
}

type Blocks = Extract<ChainUpdate, { kind: 'blocks' }>;
type Replacement = Extract<ChainUpdate, { kind: 'reorg' }>;

/**
 * Commits the update after `position`, atomically, and returns the new position. Throws a CursorMovedError if
 * the ledger is not at `position`.
 */
export async function commit(
  settings: CommitSettings,
  position: Position,
  update: ChainUpdate,
  signal: AbortSignal,
): Promise<Position> {
  if (update.kind === 'tip') {
    // Otherwise the head is recorded with the block that reaches it.
    if (position.cursor === null) await noteHead(settings, update.tip);
    return position;
  }
  if (update.kind === 'reorg') await switchBranch(settings, position.cursor, update);
  else await appendBlocks(settings, position.cursor, update, signal);
  settings.verifier.wake();
  return positionAfter(update.batch);
}

/** Before the contracts' first block nothing is indexed; the head is recorded for the status. */
async function noteHead({ pool, lease }: CommitSettings, { head }: Tip): Promise<void> {
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await updateHead(client, lease.chainId, { head, final: null });
  });
}

async function appendBlocks(
  settings: CommitSettings,
  cursor: BlockReference | null,
  update: Blocks,
  signal: AbortSignal,
): Promise<void> {
  const { pool, lease, queue, freshLogs, projector } = settings;
  const { chainId } = lease;
  const { batch } = update;
  const startedAt = performance.now();
  if (!(await appendAndProject(settings, cursor, update, signal))) {
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      const noted = await append(client, lease, cursor, update);
      await queue.send(client, 'projection', { chainId });
      await announceFinal(client, settings, noted);
    });
    freshLogs.add(batch.blocks);
    expectProjection(settings, batch);
    projector.wake();
  }
  logAppended(settings, batch, Math.round(performance.now() - startedAt));
}

/** Orphans the blocks after the fork and appends the new branch, in one transaction. */
async function switchBranch(
  settings: CommitSettings,
  cursor: BlockReference | null,
  update: Replacement,
): Promise<void> {
  const { pool, lease, queue, backlog, projector, logger } = settings;
  const { chainId } = lease;
  const { fork, batch } = update;
  const to = lastBlock(batch);
  const orphaned = await withTransaction(pool, async (client) => {
    await lease.fence(client);
    const blocks = await orphanAfter(client, chainId, fork.number);
    const noted = await append(client, lease, cursor, update);
    await queue.send(client, 'projection', { chainId });
    await announceFinal(client, settings, noted);
    await recordSystemEvent(client, {
      eventType: 'reorg',
      severity: 'warning',
      data: {
        chainId,
        fork: { ...fork },
        orphanedBlocks: blocks.length,
        from: cursor && { ...cursor },
        to: { ...to },
      },
    });
    return blocks.length;
  });
  backlog.orphaned(fork.number);
  expectProjection(settings, batch);
  logger.warn(
    { chainId, fork: fork.number, orphaned, to: to.number },
    'reorganization: went over to another branch',
  );
  projector.wake();
}

function expectProjection({ backlog }: CommitSettings, batch: FetchedBatch): void {
  const { from, to } = batch.range;
  backlog.appended({ through: to, blocks: to - from + 1, logs: countLogs(batch) });
}

function logAppended({ lease, logger }: CommitSettings, batch: FetchedBatch, durationMs: number): void {
  const { chainId } = lease;
  for (const { address, kind, startBlock, factory } of batch.discovered) {
    logger.info({ chainId, address, kind, startBlock, factory }, 'contract discovered');
  }
  const { from, to } = batch.range;
  const logs = countLogs(batch);
  logger.debug({ chainId, from, to, logs, reads: batch.reads.length, durationMs }, 'blocks ingested');
}

/** Appends in the open transaction of `client`, whose epoch is verified. Wakes no job. */
async function append(
  client: ClientBase,
  lease: Lease,
  cursor: BlockReference | null,
  { batch, tip }: Blocks | Replacement,
): Promise<NotedHead> {
  const { chainId, epoch } = lease;
  const to = lastBlock(batch);
  const [, , , , noted] = await pipelined<[void, void, unknown, void, NotedHead]>(client, [
    async () => {
      await moveCursor(client, { chainId, stream: 'ingest', from: cursor, to, epoch });
    },
    async () => {
      if (isFinal(batch, tip)) await countAsVerified(client, lease, cursor, to);
    },
    async () => await addContracts(client, batch.discovered),
    async () =>
      await appendBatch(client, {
        chainId,
        ...batch,
        // The chain may return to orphaned blocks, with or without orphaning others.
        restored: await restoreBlocks(
          client,
          chainId,
          batch.blocks.map(({ header }) => header),
        ),
      }),
    async () => await updateHead(client, chainId, tip),
  ]);
  return noted;
}

function isFinal(batch: FetchedBatch, { final }: Tip): boolean {
  return final !== null && lastBlock(batch).number <= final.number;
}

/**
 * Blocks that are final when they are appended need no second verification, unless earlier blocks still do.
 */
async function countAsVerified(
  client: ClientBase,
  { chainId, epoch }: Lease,
  cursor: BlockReference | null,
  to: BlockReference,
): Promise<void> {
  const verified = await readCursor(client, chainId, 'verification');
  if (verified?.hash !== cursor?.hash) return;
  await moveCursor(client, { chainId, stream: 'verification', from: verified, to, epoch });
}

/** Wakes the jobs that wait for final blocks. */
async function announceFinal(
  client: ClientBase,
  { lease: { chainId }, queue }: Pick<CommitSettings, 'lease' | 'queue'>,
  { hasNewFinal }: Pick<NotedHead, 'hasNewFinal'>,
): Promise<void> {
  if (!hasNewFinal) return;
  await pipelined(client, [
    async () => await queue.send(client, 'confirmation', { chainId }),
    async () => await queue.send(client, 'receipts', { chainId }),
  ]);
}

/**
 * A holder of the projection lock, such as a comparing replay, must not block ingest. After this many
 * milliseconds the blocks are only appended.
 */
const longestLockWaitMs = 1_000;
const lockNotAvailable = '55P03';

/**
 * With more logs, the slow path overlaps appending and folding; the fast path was not faster with twice as
 * many.
 */
const mostLogs = 1_000;

/**
 * Takes the fast path if the projection has nothing to do before these blocks, they are at the head, and they
 * have few enough logs. Otherwise returns false and writes nothing. Also returns false if projecting fails;
 * the slow path then finds the cause.
 */
async function appendAndProject(
  settings: CommitSettings,
  cursor: BlockReference | null,
  update: Blocks,
  signal: AbortSignal,
): Promise<boolean> {
  const { lease, limits, logger, projector } = settings;
  const { batch, tip } = update;
  // During a backfill, ranges are appended while earlier ones are projected.
  if (cursor === null || isFinal(batch, tip)) return false;
  if (batch.blocks.length > limits.batchBlocks) return false;
  if (countLogs(batch) > Math.min(mostLogs, limits.batchLogs)) return false;
  try {
    const to = await projector.whenNext(cursor, async () => {
      await appendProjected(settings, cursor, update);
      return lastBlock(batch);
    });
    return to !== null;
  } catch (error) {
    const isHeldUp = errorCode(error) === lockNotAvailable;
    if (signal.aborted || (isTransient(error) && !isHeldUp) || error instanceof LeadershipLostError)
      throw error;
    logger.warn(
      { chainId: lease.chainId, err: error },
      'blocks couldn’t be appended and projected at once: they are, one after the other',
    );
    return false;
  }
}

/**
 * Appends and projects after `cursor`, the position of both streams. Throws a CursorMovedError if one of them
 * is elsewhere.
 */
async function appendProjected(
  settings: CommitSettings,
  cursor: BlockReference,
  update: Blocks,
): Promise<void> {
  const startedAt = performance.now();
  const { writingPool, lease } = settings;
  const { chainId } = lease;
  const batch = projectedBatch(chainId, update.batch);
  const decoded = decodeBatch(batch, update.batch.contracts);
  const folded = await withTransaction(writingPool, async (client) => {
    // The fold runs while PostgreSQL appends.
    const [, , effect, { final, hasNewFinal }] = await pipelined<[unknown, void, BatchEffect, NotedHead]>(
      client,
      [
        async () => await client.query(`set local lock_timeout = ${longestLockWaitMs}`),
        async () => await lease.fence(client),
        async () => await project(decoded, liveRows(client, chainId), settings),
        async () => await append(client, lease, cursor, update),
      ],
    );
    const isKnownFinal = final !== null && batch.from <= final;
    const input = { batch, cursor, isLast: true, final };
    const written = runSync(prepareSave(input, { decoded, effect, startedAt }));
    await pipelined(client, [
      async () => await writeFolded(client, settings, written),
      async () => {
        // Another node may report a block as final before it is ingested; then no later final block announces
        // it.
        if (hasNewFinal || isKnownFinal) await announceFinal(client, settings, { hasNewFinal: true });
        // The gas job may have been postponed while the rows were behind the head.
        else await settings.queue.send(client, 'receipts', { chainId });
      },
    ]);
    return written;
  });
  logBatch(settings, folded);
}

/** Returns the batch in the form in which the ledger reads it. */
function projectedBatch(chainId: number, fetched: FetchedBatch): BlockBatch {
  const reads = new Map<Hash, Map<RequestKey, ReadResult>>();
  for (const { block, request, result } of fetched.reads) {
    const ofBlock = reads.get(block.hash) ?? new Map<RequestKey, ReadResult>();
    reads.set(block.hash, ofBlock.set(requestKey(request), result));
  }
  return {
    chainId,
    from: fetched.range.from,
    to: lastBlock(fetched),
    blocks: fetched.blocks
      .filter(({ logs }) => logs.length > 0)
      .map(({ header: { number, hash, timestamp }, logs }) => ({ number, hash, timestamp, logs })),
    reads,
  };
}
