/**
 * The projection loop: looks where its cursor is, undoes what a reorganization orphaned, else folds the canonical blocks after it, and saves
 * rows, journal and cursor in one transaction. What woke it doesn't matter, nor how often: the ledger says what is to be done.
 *
 * It runs until it has caught up, one run at a time, and parks the stream when a batch can't be saved: loudly, in a row of its own, until a
 * person acts.
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

export class Projector {
  readonly #settings: ProjectorSettings;
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  #running: Promise<void> | null = null;
  #wokenAgain = false;
  #wakened = Promise.withResolvers<void>();
  #isParked = false;
  readonly #turns = new Mutex();
  readonly #pipeline: Pipeline;

  constructor(settings: ProjectorSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#pipeline = new Pipeline(settings);
    this.#signal = signal;
    this.#logger = settings.logger;
  }

  /** Resolves when everything that was ingested before the call is folded, or the stream is parked. Rejects on shutdown. */
  async catchUp(): Promise<void> {
    this.#wokenAgain = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /** Lifts a parking that an earlier run left, since starting the daemon is how a person says that it may be tried again. */
  async retryHalted(): Promise<void> {
    const { pool, lease } = this.#settings;
    const lifted = await withTransaction(pool, async (client) => {
      await lease.fence(client);
      return await resumeStream(client, lease.chainId, 'projection');
    });
    if (lifted) this.#logger.warn({ chainId: lease.chainId }, 'the projection was parked; trying it again');
  }

  /** Runs the work while no batch is being folded; the next one waits for its end. */
  async betweenBatches<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#turns.take(async () => {
      await this.#pipeline.rest();
      return await work();
    });
  }

  /**
   * Runs the work, which projects the blocks after `cursor` by itself and answers with the last of them, where they are next in line and
   * nothing else is being done or waits; null where they aren't. No batch is folded meanwhile.
   */
  async whenNext(
    cursor: BlockReference | null,
    work: () => Promise<BlockReference>,
  ): Promise<BlockReference | null> {
    const { position } = this.#pipeline;
    const isIdle = this.#running === null && !this.#isParked && this.#turns.areFree;
    if (!isIdle || position === null || position.hash !== cursor?.hash) return null;
    return await this.#turns.take(async () => {
      this.#pipeline.moved(null);
      const to = await work();
      this.#pipeline.moved(to);
      return to;
    });
  }

  /** Goes on where the stream was parked and a person has lifted that. */
  resume(): void {
    this.#isParked = false;
    this.wake();
  }

  /** Tells that there may be something to fold; returns at once. */
  wake(): void {
    this.#wakened.resolve();
  }

  /** Folds whenever it is woken, until the signal is aborted; what the queue wakes comes through `catchUp`. */
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
          async () => await this.#turns.take(async () => await this.#pipeline.step(maximumBlocks)),
        );
        if (!folded) return;
        maximumBlocks = batchBlocks;
      } catch (error) {
        if (this.#signal.aborted || isTransient(error)) throw error;
        if (maximumBlocks === 1) return await this.#park(error);
        // Block by block from here, so that the one at fault is named and all before it are kept.
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
        'projection parked: this block can’t be saved; ingest goes on, rows stand still',
      );
    });
  }
}

/** A batch whose transaction is under way. */
interface Saving {
  readonly to: BlockReference;
  readonly effect: Pick<BatchEffect, 'changes'>;
  readonly done: Promise<void>;
}

/**
 * One step after the other. While one batch is being saved the next one is loaded, folded, on top of what the first leaves behind, and
 * encoded: PostgreSQL and this process work at the same time. Batches are still saved one after the other, each in a transaction of its own.
 */
class Pipeline {
  readonly #settings: ProjectorSettings;
  #saving: Saving | null = null;
  #position: BlockReference | null = null;

  constructor(settings: ProjectorSettings) {
    this.#settings = settings;
  }

  /** The block up to which the rows are written; null where that isn't known. The cursor that is moved says whether it is true. */
  get position(): BlockReference | null {
    return this.#saving === null ? this.#position : null;
  }

  /** Somebody else is about to write rows of the blocks after `position`; he says how far he came, or it is unknown. */
  moved(to: BlockReference | null): void {
    this.#position = to;
  }

  /**
   * One step: undoes what a reorganization orphaned, else folds the next batch of at most so many blocks; false when nothing is
   * left to do, and all is saved. A batch that can't be saved makes this step throw, or the next.
   */
  async step(maximumBlocks: number): Promise<boolean> {
    try {
      return await this.#advance(maximumBlocks);
    } catch (error) {
      // Where the batch before is at fault, this one couldn't but fail.
      await this.#saved();
      throw error;
    }
  }

  /** Waits for the batch that is being saved. One that fails is no news here: nothing of it is written, and it is projected again. */
  async rest(): Promise<void> {
    await this.#saved().catch(() => undefined);
  }

  async #advance(maximumBlocks: number): Promise<boolean> {
    const ahead = this.#saving;
    this.#position = null;
    const input = await loadInput(this.#settings, maximumBlocks, ahead?.to ?? null);
    if ('end' in input || 'orphan' in input) {
      await this.#saved();
      // What was seen was seen from a block whose rows weren't written yet: looked at again, from the cursor.
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
    // It is thrown when its end is waited for; until then it must not count as unhandled.
    done.catch(() => undefined);
    this.#saving = { to: folded.to, effect: folded.effect, done };
    // Nothing to fold meanwhile; or one block is tried alone, to see whether it is the one at fault.
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

/** Takes the rows back to where the branches parted, and the cursor with them; folding goes on from there. */
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

/** The cursor stands on a block that no longer counts; `fork` is its nearest ancestor that does. */
interface OrphanedCursor {
  readonly orphan: BlockReference;
  readonly fork: BlockReference;
}

/** Nothing follows the cursor. */
interface LedgersEnd {
  readonly end: BlockReference | null;
}

/**
 * What follows the cursor, or the block `ahead` of it up to which rows are being written. Reads all of it in one snapshot:
 * ingest may go over to another branch at any time.
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
