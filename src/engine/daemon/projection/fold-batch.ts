/** One batch: its effect on the rows, and the transaction that writes rows, journal and cursor. */
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import type { BlockReference } from '../../rpc/types.ts';
import type { ContractSet } from '../../contract/contract-set.ts';
import { type BlockBatch, decodeBatch } from '../../contract/decode-batch.ts';
import type { DecodedBatch } from '../../contract/events.ts';
import { withTransaction } from '../../../db/client.ts';
import { pipelined } from '../../../db/pipeline.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { moveCursor } from '../../ledger/cursors.ts';
import type { FailedLog } from '../../ledger/quarantine.ts';
import { countUnknownTopics } from '../../ledger/unknown-topics.ts';
import { runCooperatively, type CooperativeSteps } from '../../../primitives/steps.ts';
import type { BatchEffect } from '../../projection/fold.ts';
import type { ProjectionSet } from '../../projection/projection-set.ts';
import { overlay } from '../../projection/overlay.ts';
import { project } from '../../projection/project.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import { linkBatch } from '../../store/derived-columns.ts';
import { committedRows } from '../../store/load.ts';
import { prepareEffect } from '../../store/save.ts';
import { type Write, writeAll } from '../../store/writes.ts';
import type { Backlog } from '../ingest/backlog.ts';
import type { FreshLogs } from '../ingest/fresh-logs.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { ProjectionSettings } from '../../settings.ts';

export interface ProjectorSettings {
  readonly pool: Pool;
  /**
   * For the transactions that write rows, one after the other. A pipelined pool is best, because then no
   * transaction waits for this process.
   */
  readonly writingPool: Pool;
  readonly lease: Lease;
  readonly queue: JobQueue;
  readonly projections: ProjectionSet;
  readonly limits: ProjectionSettings;
  readonly backlog: Backlog;
  readonly freshLogs: FreshLogs;
  readonly logger: Logger;
}

export interface FoldInput {
  readonly batch: BlockBatch;
  /** The block before the batch; null if the batch starts at the chain's first block. */
  readonly cursor: BlockReference | null;
  readonly contracts: ContractSet;
  /** Whether the ledger has no block after the batch yet. */
  readonly isLast: boolean;
  /** The last final block; null while there is none. Rows of later blocks are `pending`. */
  readonly final: number | null;
}

/**
 * A folded batch that is not saved yet. Leaves out its logs and events, which would occupy memory until the
 * save.
 */
export interface FoldedBatch extends Omit<FoldInput, 'batch' | 'contracts'>, Pick<BlockBatch, 'from' | 'to'> {
  readonly logCount: number;
  readonly unknown: DecodedBatch['unknown'];
  readonly effect: Pick<BatchEffect, 'changes' | 'quarantined' | 'applied'>;
  /** The writes of the effect. */
  readonly writes: readonly Write[];
  readonly startedAt: number;
}

/**
 * Folds a batch. `before` is the effect of the previous batch if that one may be uncommitted (pipelined).
 * Throws as `project` does.
 */
export async function foldBatch(
  settings: ProjectorSettings,
  input: FoldInput,
  before: Pick<BatchEffect, 'changes'> | null,
): Promise<FoldedBatch> {
  const startedAt = performance.now();
  const decoded = decodeBatch(input.batch, input.contracts);
  await turnOfLoop();
  const committed = committedRows(settings.pool, settings.lease.chainId);
  const effect = await project(decoded, before === null ? committed : overlay(committed, before), settings);
  return await runCooperatively(prepareSave(input, { decoded, effect, startedAt }));
}

export interface Folded {
  readonly decoded: DecodedBatch;
  readonly effect: BatchEffect;
  readonly startedAt: number;
}

/**
 * Encodes the transaction's writes. Drops the journal, which is most of an effect, because `writes` contains
 * it.
 */
export function* prepareSave(
  { batch, cursor, isLast, final }: Omit<FoldInput, 'contracts'>,
  { decoded, effect, startedAt }: Folded,
): CooperativeSteps<FoldedBatch> {
  const { chainId, from, to, blocks } = batch;
  const { changes, quarantined, applied } = effect;
  return {
    cursor,
    isLast,
    from,
    to,
    logCount: blocks.reduce((sum, { logs }) => sum + logs.length, 0),
    final,
    unknown: decoded.unknown,
    effect: { changes, quarantined, applied },
    writes: yield* prepareEffect({ chainId, effect, final }),
    startedAt,
  };
}

/**
 * Writes the batch's rows and journal and moves the cursor, in one transaction. Throws database errors, and a
 * CursorMovedError if the cursor is elsewhere.
 */
export async function saveBatch(settings: ProjectorSettings, folded: FoldedBatch): Promise<void> {
  const { writingPool, lease, backlog } = settings;
  await withTransaction(writingPool, async (client) => {
    await pipelined(client, [
      async () => await lease.fence(client),
      async () => await writeFolded(client, settings, folded),
      async () => await wakeFollowers(client, settings, folded),
    ]);
  });
  backlog.projected(folded.to.number);
  logBatch(settings, folded);
}

/**
 * Wakes the jobs that depend on the rows. More blocks may be final now than at the time of encoding, so rows
 * written as pending are checked once more. The last batch also wakes the gas job, which waits while rows are
 * behind the head.
 */
async function wakeFollowers(
  client: ClientBase,
  { queue, lease: { chainId } }: ProjectorSettings,
  { from, to, isLast, final }: FoldedBatch,
): Promise<void> {
  await pipelined(client, [
    async () => {
      if (final === null || to.number > final) await queue.send(client, 'confirmation', { chainId });
    },
    async () => {
      if (final === null || from <= final || isLast) await queue.send(client, 'receipts', { chainId });
    },
  ]);
}

/** Writes rows and journal and moves the cursor, in the open transaction of `client`. */
export async function writeFolded(
  client: ClientBase,
  settings: ProjectorSettings,
  { cursor, to, unknown, effect, writes }: FoldedBatch,
): Promise<void> {
  const { queue, lease } = settings;
  const { chainId, epoch } = lease;
  await pipelined(client, [
    async () => {
      await moveCursor(client, { chainId, stream: 'projection', from: cursor, to, epoch });
    },
    async () => await writeAll(client, writes),
    async () => await recordQuarantine(client, chainId, effect.quarantined),
    async () => await countUnknownTopics(client, chainId, unknown),
    async () => {
      const waitedFor = await linkBatch(client, chainId, effect, settings.projections.links);
      if (waitedFor.length > 0) await queue.send(client, 'links', { chainId, productIds: waitedFor });
    },
  ]);
}

/** Logs a summary of the batch, and a warning for each quarantined log. */
export function logBatch(
  { lease: { chainId }, logger }: Pick<ProjectorSettings, 'lease' | 'logger'>,
  folded: FoldedBatch,
): void {
  const { from, to, logCount: logs, effect, startedAt } = folded;
  const durationMs = Math.round(performance.now() - startedAt);
  const summary = { chainId, from, to: to.number, logs, durationMs };
  logger.debug({ ...summary, applied: effect.applied }, 'batch projected');
  for (const { log, eventName, stage, area, error } of effect.quarantined) {
    const { blockNumber, transactionHash, logIndex, address } = log;
    logger.warn(
      { chainId, blockNumber, transactionHash, logIndex, address, eventName, stage, area, err: error },
      'log quarantined',
    );
  }
}

/** The event names only the first logs; `ledger.quarantine` has all of them. */
const namedLogs = 10;

/** Records one event per batch, because a contract may emit any number of unreadable logs. */
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
