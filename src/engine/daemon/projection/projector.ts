/**
 * The projection loop. It reads its cursor, undoes orphaned blocks after a reorg, otherwise folds the
 * canonical blocks after the cursor. It saves rows, journal and cursor in one transaction. The ledger alone
 * decides the work; the number and cause of wake-ups do not matter.
 *
 * It runs until it has caught up, one run at a time. If a batch cannot be saved, it halts the stream and
 * records the halt in a row of its own, until an operator acts.
 */
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../../../db/client.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { required, TraceChainError } from '../../../primitives/errors.ts';
import { Mutex } from '../../../primitives/async.ts';
import { ContractSet } from '../../contract/contract-set.ts';
import { canonicalAncestor, isCanonical } from '../../ledger/branches.ts';
import { readChain } from '../../ledger/chains.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { moveCursor, readCursor } from '../../ledger/cursors.ts';
import { haltStream, resumeStream } from '../../ledger/halted-writes.ts';
import { loadBatch } from '../../ledger/load-batch.ts';
import { isTransient, retryForever } from '../../leader/retry-forever.ts';
import type { BatchEffect } from '../../projection/fold.ts';
import type { BlockReference } from '../../rpc/types.ts';
import { undoAfter } from '../../store/undo.ts';
import { type ProjectorSettings, foldBatch, type FoldInput, saveBatch } from './fold-batch.ts';

/** Projects the ledger into rows, one batch after the other. */
export class Projector {
  readonly #settings: ProjectorSettings;
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  #running: Promise<void> | null = null;
  #wokenAgain = false;
  #wakened = Promise.withResolvers<void>();
  #isParked = false;
  readonly #mutex = new Mutex();
  readonly #pipeline: Pipeline;

  constructor(settings: ProjectorSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#pipeline = new Pipeline(settings);
    this.#signal = signal;
    this.#logger = settings.logger;
  }

  /**
   * Resolves when everything that was ingested before the call is folded, or the stream is halted. Rejects on
   * shutdown.
   */
  async catchUp(): Promise<void> {
    this.#wokenAgain = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /**
   * Clears the halt of an earlier run: a restart of the daemon means that the operator wants another attempt.
   */
  async retryHalted(): Promise<void> {
    const { pool, lease } = this.#settings;
    const lifted = await withTransaction(pool, async (client) => {
      await lease.fence(client);
      return await resumeStream(client, lease.chainId, 'projection');
    });
    if (lifted) this.#logger.warn({ chainId: lease.chainId }, 'the projection was parked; trying it again');
  }

  /** Runs the work between two batches; the next batch waits until it ends. */
  async betweenBatches<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#mutex.take(async () => {
      await this.#pipeline.rest();
      return await work();
    });
  }

  /**
   * Runs the work if the blocks after `cursor` are next, and no other work runs or waits. The work projects
   * these blocks itself and returns the last of them. Returns null without running it otherwise. No batch is
   * folded meanwhile.
   */
  async whenNext(
    cursor: BlockReference | null,
    work: () => Promise<BlockReference>,
  ): Promise<BlockReference | null> {
    const { position } = this.#pipeline;
    const isIdle = this.#running === null && !this.#isParked && this.#mutex.isFree;
    if (!isIdle || position === null || position.hash !== cursor?.hash) return null;
    return await this.#mutex.take(async () => {
      this.#pipeline.moved(null);
      const to = await work();
      this.#pipeline.moved(to);
      return to;
    });
  }

  /** Continues after an operator has cleared the halt. */
  resume(): void {
    this.#isParked = false;
    this.wake();
  }

  /** Signals that there may be blocks to fold; returns immediately. */
  wake(): void {
    this.#wakened.resolve();
  }

  /** Folds on each wake-up, until the signal is aborted. Wake-ups from the queue use `catchUp`. */
  async run(): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    this.#signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    for (;;) {
      await this.catchUp();
      await Promise.race([this.#wakened.promise, aborted.promise]);
      this.#signal.throwIfAborted();
      this.#wakened = Promise.withResolvers<void>();
    }
  }

  async #run(): Promise<void> {
    while (this.#wokenAgain && !this.#isParked) {
      this.#wokenAgain = false;
      try {
        await this.#foldAll();
      } finally {
        await this.#pipeline.rest();
      }
    }
  }

  async #foldAll(): Promise<void> {
    const { batchBlocks } = this.#settings.limits;
    let maximumBlocks = batchBlocks;
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        const folded = await retryForever(
          { what: 'projection', signal: this.#signal, logger: this.#logger },
          async () => await this.#mutex.take(async () => await this.#pipeline.step(maximumBlocks)),
        );
        if (!folded) return;
        maximumBlocks = batchBlocks;
      } catch (error) {
        if (this.#signal.aborted || isTransient(error)) throw error;
        if (maximumBlocks === 1) return await this.#park(error);
        // One block at a time from here, so that all blocks before the failing one are saved and its number
        // is known.
        maximumBlocks = 1;
      }
    }
  }

  async #park(error: unknown): Promise<void> {
    const { pool, lease } = this.#settings;
    const { chainId } = lease;
    this.#isParked = true;
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      const cursor = await readCursor(client, chainId, 'projection');
      const parked = {
        chainId,
        stream: 'projection' as const,
        blockNumber: (cursor?.number ?? -1) + 1,
        errorCode: error instanceof TraceChainError ? error.code : 'unexpected',
        error: error instanceof Error ? error.message : String(error),
      };
      await haltStream(client, parked);
      await recordSystemEvent(client, { eventType: 'parking', severity: 'fatal', data: parked });
      this.#logger.fatal(
        { chainId, blockNumber: (cursor?.number ?? -1) + 1, err: error },
        'projection halted: PostgreSQL refuses this block; ingest continues, rows are not updated',
      );
    });
  }
}

/** A batch whose transaction is in progress. */
interface Saving {
  readonly to: BlockReference;
  readonly effect: Pick<BatchEffect, 'changes'>;
  readonly done: Promise<void>;
}

/**
 * Runs the steps in order. While PostgreSQL saves one batch, this process loads, folds and encodes the next
 * one on top of the unsaved effect. Batches are still saved in order, each in its own transaction.
 */
class Pipeline {
  readonly #settings: ProjectorSettings;
  #saving: Saving | null = null;
  #position: BlockReference | null = null;

  constructor(settings: ProjectorSettings) {
    this.#settings = settings;
  }

  /** The block up to which the rows are written; null if unknown. The update of the cursor verifies it. */
  get position(): BlockReference | null {
    return this.#saving === null ? this.#position : null;
  }

  /** Another writer has projected up to `to`; null if unknown. */
  moved(to: BlockReference | null): void {
    this.#position = to;
  }

  /**
   * One step: undoes orphaned blocks, otherwise folds the next batch of at most this many blocks. Returns
   * false when no work is left and everything is saved. If a batch cannot be saved, this step or the next one
   * throws.
   */
  async step(maximumBlocks: number): Promise<boolean> {
    try {
      return await this.#advance(maximumBlocks);
    } catch (error) {
      // If the previous batch fails, this one fails too, so the previous error is the one to throw.
      await this.#saved();
      throw error;
    }
  }

  /**
   * Waits for the batch that is being saved. Ignores its failure: nothing of it is written, and it is
   * projected again.
   */
  async rest(): Promise<void> {
    await this.#saved().catch(() => undefined);
  }

  async #advance(maximumBlocks: number): Promise<boolean> {
    const ahead = this.#saving;
    this.#position = null;
    const input = await loadInput(this.#settings, maximumBlocks, ahead?.to ?? null);
    if ('end' in input || 'orphan' in input) {
      await this.#saved();
      // The read started from a block whose rows were not written yet; it is repeated from the cursor.
      if (ahead !== null) return true;
      if ('orphan' in input) {
        await undoTo(this.#settings, input);
        return true;
      }
      this.#position = input.end;
      return false;
    }
    const folded = await foldBatch(this.#settings, input, ahead?.effect ?? null);
    await this.#saved();
    const done = saveBatch(this.#settings, folded);
    // The error is thrown when the save is awaited; until then it must not count as an unhandled rejection.
    done.catch(() => undefined);
    this.#saving = { to: folded.to, effect: folded.effect, done };
    // Either there is nothing to fold meanwhile, or a single block is tried in order to find the failing one.
    if (input.isLast || maximumBlocks === 1) await this.#saved();
    return true;
  }

  async #saved(): Promise<void> {
    const saving = this.#saving;
    this.#saving = null;
    if (saving === null) return;
    await saving.done;
    this.#position = saving.to;
  }
}

/** Reverts the rows to the fork, and moves the cursor there; folding continues from the fork. */
async function undoTo(
  { pool, lease, logger }: ProjectorSettings,
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

/** The cursor is at an orphaned block; `fork` is its nearest canonical ancestor. */
interface OrphanedCursor {
  readonly orphan: BlockReference;
  readonly fork: BlockReference;
}

/** No block follows the cursor. */
interface LedgersEnd {
  readonly end: BlockReference | null;
}

/**
 * Reads the blocks after the cursor, or after the block `ahead` of it up to which rows are being written.
 * Uses one snapshot, because ingest may switch branch at any time.
 */
async function loadInput(
  { pool, lease, limits, freshLogs }: ProjectorSettings,
  maximumBlocks: number,
  ahead: BlockReference | null,
): Promise<FoldInput | OrphanedCursor | LedgersEnd> {
  const { chainId } = lease;
  const load = async (client: ClientBase): Promise<FoldInput | OrphanedCursor | LedgersEnd> => {
    const cursor = ahead ?? (await readCursor(client, chainId, 'projection'));
    const ingested = await readCursor(client, chainId, 'ingest');
    if (ingested === null) return { end: cursor };
    if (cursor !== null && !(await isCanonical(client, chainId, cursor))) {
      const fork = required(
        await canonicalAncestor(client, chainId, cursor),
        'a canonical ancestor of the projection cursor',
      );
      return { orphan: cursor, fork };
    }
    if (cursor !== null && cursor.number >= ingested.number) return { end: cursor };
    const batch = await loadBatch(
      client,
      {
        chainId,
        after: cursor?.number ?? -1,
        upTo: ingested.number,
        maximumLogs: limits.batchLogs,
        maximumBlocks,
      },
      (blockHash) => freshLogs.take(blockHash),
    );
    if (batch === null) return { end: cursor };
    const contracts = new ContractSet(await listContracts(client, chainId));
    const final = (await readChain(client, chainId))?.final?.number ?? null;
    return { batch, cursor, contracts, final, isLast: batch.to.number >= ingested.number };
  };
  return await withTransaction(pool, load, { isolation: 'repeatable read', isReadOnly: true });
}
