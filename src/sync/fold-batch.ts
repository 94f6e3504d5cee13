/** One batch: what it does to the rows, and the transaction that writes rows, journal and cursor. */
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import type { BlockReference } from '../chain/types.ts';
import type { ContractSet } from '../contracts/contract-set.ts';
import { decodeBatch } from '../contracts/decode-batch.ts';
import type { DecodedBatch } from '../contracts/events.ts';
import { withClient, withTransaction } from '../db/client.ts';
import { together } from '../db/pipeline.ts';
import { recordSystemEvent } from '../db/system-events.ts';
import type { Batch } from '../ledger/batch.ts';
import { moveCursor } from '../ledger/cursors.ts';
import type { FailedLog } from '../ledger/quarantine.ts';
import { countUnknownTopics } from '../ledger/unknown-topics.ts';
import type { Uuid } from '../primitives/ids.ts';
import { givingWay } from '../primitives/steps.ts';
import {
  type BatchEffect,
  foldStepwise,
  type ProjectionSet,
  type LoadedRow,
  wantedBy,
  type WantedRows,
} from '../projections/fold/fold.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import { linkBatch } from '../store/links.ts';
import { loadRows } from '../store/load.ts';
import { prepareEffect } from '../store/save.ts';
import { type Write, writeAll } from '../store/writes.ts';
import type { Backlog } from './backlog.ts';
import type { FreshLogs } from './fresh-logs.ts';
import type { Lease } from './leadership.ts';
import type { ProjectionSettings } from './settings.ts';

export interface ConvergeSettings {
  readonly pool: Pool;
  /** For the transactions that write rows, one after the other: best pipelined, so that none of them waits for this process. */
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
  readonly batch: Batch;
  /** The block before the batch; null where it is the chain's first. */
  readonly cursor: BlockReference | null;
  readonly contracts: ContractSet;
  /** Whether the ledger has nothing after the batch yet. */
  readonly isLast: boolean;
  /** The last block that is known to be final; null while none is. Rows of later ones are `pending`. */
  readonly final: number | null;
}

/** A batch that is folded and not yet saved: without its logs and events, which would fill memory until it is. */
export interface FoldedBatch extends Omit<FoldInput, 'batch' | 'contracts'>, Pick<Batch, 'from' | 'to'> {
  readonly logCount: number;
  readonly unknown: DecodedBatch['unknown'];
  readonly effect: Pick<BatchEffect, 'changes' | 'quarantined' | 'applied'>;
  /** Of the effect. */
  readonly writes: readonly Write[];
  readonly startedAt: number;
}

/**
 * Folds a batch. `before` is the effect of the batch before it where that may not be committed yet: its rows go over those
 * that the database has.
 */
export async function foldBatch(
  { pool, lease, projections }: ConvergeSettings,
  input: FoldInput,
  before: Pick<BatchEffect, 'changes'> | null,
): Promise<FoldedBatch> {
  const startedAt = performance.now();
  const decoded = decodeBatch(input.batch, input.contracts);
  await turnOfLoop();
  const wanted = wantedBy(decoded, projections);
  const unknown = before === null ? wanted : { ...wanted, rows: without(wanted.rows, before) };
  // One leader writes, so what is loaded here is what the transaction that saves it finds: its fence sees to that.
  const stored = await withClient(pool, async (client) => await loadRows(client, unknown, lease.chainId));
  const loaded = before === null ? stored : overlaid(stored, wanted, before);
  const { batch, cursor, isLast, final } = input;
  const logCount = batch.blocks.reduce((sum, { logs }) => sum + logs.length, 0);
  const effect = await givingWay(foldStepwise(decoded, projections, wanted, loaded));
  const writes = await givingWay(prepareEffect({ chainId: lease.chainId, effect, final }));
  return {
    cursor,
    isLast,
    from: batch.from,
    to: batch.to,
    logCount,
    final,
    unknown: decoded.unknown,
    effect: withoutJournal(effect),
    writes,
    startedAt,
  };
}

/** Two batches are in memory at once, and most of an effect is its journal, which its writes have already. */
function withoutJournal({ changes, quarantined, applied }: BatchEffect): FoldedBatch['effect'] {
  return { changes, quarantined, applied };
}

/** Leaves out the rows that the batch before has in hand. */
function without(rows: WantedRows['rows'], before: Pick<BatchEffect, 'changes'>): WantedRows['rows'] {
  const left = new Map([...rows].map(([table, ids]) => [table, new Set(ids)]));
  for (const { table, inserted, updated } of before.changes) {
    const ids = left.get(table);
    if (ids === undefined) continue;
    for (const row of inserted) ids.delete(row['id'] as Uuid);
    for (const row of updated) ids.delete(row['id'] as Uuid);
  }
  return left;
}

/** The stored rows, where a batch that is being saved has changed or made them as that leaves them. */
function overlaid(
  stored: readonly LoadedRow[],
  wanted: WantedRows,
  before: Pick<BatchEffect, 'changes'>,
): LoadedRow[] {
  const rows = new Map(stored.map((loaded) => [loaded.row['id'] as Uuid, loaded]));
  const askedTables = new Set([...wanted.lookups.values()].map(({ question }) => question.table));
  for (const { table, inserted, updated } of before.changes) {
    const ids = wanted.rows.get(table);
    // A look-up may lead to any row of its table; the fold leaves out those that don't answer it.
    const isAsked = askedTables.has(table);
    if (ids === undefined && !isAsked) continue;
    for (const row of [...inserted, ...updated]) {
      const id = row['id'] as Uuid;
      if (isAsked || ids?.has(id) === true) rows.set(id, { table, row });
    }
  }
  return [...rows.values()];
}

/** Writes the batch's rows and journal and moves the cursor, in one transaction. */
export async function saveBatch(settings: ConvergeSettings, folded: FoldedBatch): Promise<void> {
  const { writingPool, lease, backlog } = settings;
  await withTransaction(writingPool, async (client) => {
    await together(client, [
      async () => await lease.fence(client),
      async () => await writeFolded(client, settings, folded),
      async () => await wakeFollowers(client, settings, folded),
    ]);
  });
  backlog.projected(folded.to.number);
  logBatch(settings, folded);
}

/**
 * Wakes what goes on from the rows: more blocks may be final by now than when they were encoded. What was written as pending is looked at
 * once more; and gas, which waits while rows are behind, is told by the last batch that they aren't any more.
 */
async function wakeFollowers(
  client: ClientBase,
  { queue, lease: { chainId } }: ConvergeSettings,
  { from, to, isLast, final }: FoldedBatch,
): Promise<void> {
  await together(client, [
    async () => {
      if (final === null || to.number > final) await queue.send(client, 'confirmation', { chainId });
    },
    async () => {
      if (final === null || from <= final || isLast) await queue.send(client, 'receipts', { chainId });
    },
  ]);
}

/** Writes rows and journal and moves the cursor, in the transaction that `client` has open. */
export async function writeFolded(
  client: ClientBase,
  settings: ConvergeSettings,
  { cursor, to, unknown, effect, writes }: FoldedBatch,
): Promise<void> {
  const { queue, lease } = settings;
  const { chainId, epoch } = lease;
  await together(client, [
    async () => {
      await moveCursor(client, { chainId, stream: 'projection', from: cursor, to, epoch });
    },
    async () => await writeAll(client, writes),
    async () => await recordQuarantine(client, chainId, effect.quarantined),
    async () => await countUnknownTopics(client, chainId, unknown),
    async () => {
      const waitedFor = await linkBatch(client, chainId, effect);
      if (waitedFor.length > 0) await queue.send(client, 'links', { chainId, productIds: waitedFor });
    },
  ]);
}

export function logBatch(
  { lease: { chainId }, logger }: Pick<ConvergeSettings, 'lease' | 'logger'>,
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
