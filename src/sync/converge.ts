/**
 * The projection's side: looks where its cursor is, folds the canonical blocks after it, and saves rows, journal and cursor in
 * one transaction. What woke it doesn't matter, nor how often.
 */
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import type { BlockReference } from '../chain/types.ts';
import { ContractSet } from '../contracts/contract-set.ts';
import { decodeBatch } from '../contracts/decode-batch.ts';
import { withClient, withTransaction } from '../db/client.ts';
import { recordSystemEvent } from '../db/system-events.ts';
import type { Batch } from '../ledger/batch.ts';
import { canonicalAncestor, isCanonical } from '../ledger/branches.ts';
import { readChain } from '../ledger/chains.ts';
import { listContracts } from '../ledger/contracts.ts';
import { moveCursor, readCursor } from '../ledger/cursors.ts';
import { loadBatch } from '../ledger/load-batch.ts';
import type { FailedLog } from '../ledger/quarantine.ts';
import { countUnknownTopics } from '../ledger/unknown-topics.ts';
import { required } from '../primitives/errors.ts';
import { fold, type ProjectionSet, wantedBy } from '../projections/fold/fold.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import { linkBatch } from '../store/links.ts';
import { loadRows } from '../store/load.ts';
import { saveEffect } from '../store/save.ts';
import { undoAfter } from '../store/undo.ts';
import type { Backlog } from './backlog.ts';
import type { Lease } from './leadership.ts';
import type { ProjectionSettings } from './settings.ts';

export interface ConvergeSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly queue: JobQueue;
  readonly projections: ProjectionSet;
  readonly limits: ProjectionSettings;
  readonly backlog: Backlog;
  readonly logger: Logger;
}

/** One step: undoes what a reorganization orphaned, else folds the next batch of at most so many blocks; false when nothing is left to do. */
export async function converge(settings: ConvergeSettings, maximumBlocks: number): Promise<boolean> {
  const input = await loadInput(settings, maximumBlocks);
  if (input === null) return false;
  if ('orphan' in input) await undoTo(settings, input);
  else await foldBatch(settings, input);
  return true;
}

/** Takes the rows back to where the branches parted, and the cursor with them; folding goes on from there. */
async function undoTo(
  { pool, lease, logger }: ConvergeSettings,
  { orphan, fork }: OrphanedCursor,
): Promise<void> {
  const { chainId, epoch } = lease;
  const startedAt = performance.now();
  const undone = await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await moveCursor(client, { chainId, stream: 'projection', from: orphan, to: fork, epoch });
    const rows = await undoAfter(client, chainId, fork.number);
    await recordSystemEvent(client, {
      eventType: 'undo',
      severity: 'warning',
      data: { chainId, from: { ...orphan }, to: { ...fork }, ...rows },
    });
    return rows;
  });
  const durationMs = Math.round(performance.now() - startedAt);
  logger.warn(
    { chainId, from: orphan.number, to: fork.number, ...undone, durationMs },
    'orphaned blocks undone',
  );
}

async function foldBatch(settings: ConvergeSettings, { batch, cursor, contracts }: FoldInput): Promise<void> {
  const startedAt = performance.now();
  const decoded = decodeBatch(batch, contracts);
  const wanted = wantedBy(decoded, settings.projections);
  const { chainId } = settings.lease;
  // One leader writes, so what is loaded here is what the transaction below finds: its fence sees to that.
  const loaded = await withClient(settings.pool, async (client) => await loadRows(client, wanted, chainId));
  const effect = fold(decoded, settings.projections, wanted, loaded);
  await withTransaction(settings.pool, async (client) => {
    await settings.lease.fence(client);
    await moveCursor(client, {
      chainId,
      stream: 'projection',
      from: cursor,
      to: batch.to,
      epoch: settings.lease.epoch,
    });
    const final = (await readChain(client, chainId))?.final?.number ?? null;
    await saveEffect(client, { chainId, effect, final });
    await recordQuarantine(client, chainId, effect.quarantined);
    await countUnknownTopics(client, chainId, decoded.unknown);
    // Blocks may have become final while this was being written: what was written as pending is looked at once more.
    if (final === null || batch.to.number > final)
      await settings.queue.send(client, 'confirmation', { chainId });
    if (final !== null && batch.from <= final) await settings.queue.send(client, 'receipts', { chainId });
    const waitedFor = await linkBatch(client, chainId, effect);
    if (waitedFor.length > 0) await settings.queue.send(client, 'links', { chainId, productIds: waitedFor });
  });
  settings.backlog.projected(batch.to.number);
  const logs = batch.blocks.reduce((sum, block) => sum + block.logs.length, 0);
  const summary = {
    chainId,
    from: batch.from,
    to: batch.to.number,
    logs,
    durationMs: Math.round(performance.now() - startedAt),
  };
  settings.logger.debug({ ...summary, applied: effect.applied }, 'batch projected');
  for (const { log, eventName, stage, area, error } of effect.quarantined) {
    settings.logger.warn(
      {
        chainId,
        blockNumber: log.blockNumber,
        transactionHash: log.transactionHash,
        logIndex: log.logIndex,
        address: log.address,
        eventName,
        stage,
        area,
        err: error,
      },
      'log quarantined',
    );
  }
}

/** Of many, the first are named: `ledger.quarantine` has them all. */
const namedLogs = 10;

/** One event a batch: a contract may make any number of logs that can't be read. */
async function recordQuarantine(
  client: ClientBase,
  chainId: number,
  quarantined: readonly FailedLog[],
): Promise<void> {
  if (quarantined.length === 0) return;
  const logs = quarantined.slice(0, namedLogs).map(({ log, eventName, stage, error }) => {
    const { blockNumber, transactionHash, logIndex, address } = log;
    return { blockNumber, transactionHash, logIndex, address, eventName, stage, error: error.message };
  });
  const count = quarantined.length;
  await recordSystemEvent(client, {
    eventType: 'quarantine',
    severity: 'error',
    data: { chainId, count, logs },
  });
}

interface FoldInput {
  readonly batch: Batch;
  readonly cursor: BlockReference | null;
  readonly contracts: ContractSet;
}

/** The cursor stands on a block that no longer counts; `fork` is its nearest ancestor that does. */
interface OrphanedCursor {
  readonly orphan: BlockReference;
  readonly fork: BlockReference;
}

/** Reads all of it in one snapshot: ingest may go over to another branch at any time. */
async function loadInput(
  { pool, lease, limits }: ConvergeSettings,
  maximumBlocks: number,
): Promise<FoldInput | OrphanedCursor | null> {
  const { chainId } = lease;
  const load = async (client: ClientBase): Promise<FoldInput | OrphanedCursor | null> => {
    const cursor = await readCursor(client, chainId, 'projection');
    const ingested = await readCursor(client, chainId, 'ingest');
    if (ingested === null) return null;
    if (cursor !== null && !(await isCanonical(client, chainId, cursor))) {
      const fork = required(
        await canonicalAncestor(client, chainId, cursor),
        'a canonical ancestor of the projection cursor',
      );
      return { orphan: cursor, fork };
    }
    if (cursor !== null && cursor.number >= ingested.number) return null;
    const batch = await loadBatch(client, {
      chainId,
      after: cursor?.number ?? -1,
      upTo: ingested.number,
      maximumLogs: limits.batchLogs,
      maximumBlocks,
    });
    return batch && { batch, cursor, contracts: new ContractSet(await listContracts(client, chainId)) };
  };
  return await withTransaction(pool, load, { isolation: 'repeatable read', isReadOnly: true });
}
