/**
 * Runs the fold until it has caught up, one run at a time however often it is woken, and parks the stream when a batch can't be
 * saved: loudly, in a row of its own, until a person acts.
 */
import type { Logger } from 'pino';
import type { BlockReference } from '../../rpc/types.ts';
import { withTransaction } from '../../../db/client.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { readCursor } from '../../ledger/cursors.ts';
import { haltStream, resumeStream } from '../../ledger/halted-writes.ts';
import { TraceChainError } from '../../../primitives/errors.ts';
import { ProjectorRun, type ProjectorSettings } from './projection-loop.ts';
import { isTransient, retryForever } from '../../leader/retry-forever.ts';
import { Mutex } from '../../../primitives/mutex.ts';

export class Projector {
  readonly #settings: ProjectorSettings;
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  #running: Promise<void> | null = null;
  #wokenAgain = false;
  #wakened = Promise.withResolvers<void>();
  #isParked = false;
  readonly #turns = new Mutex();
  readonly #convergence: ProjectorRun;

  constructor(settings: ProjectorSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#convergence = new ProjectorRun(settings);
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
      await this.#convergence.rest();
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
    const { position } = this.#convergence;
    const isIdle = this.#running === null && !this.#isParked && this.#turns.areFree;
    if (!isIdle || position === null || position.hash !== cursor?.hash) return null;
    return await this.#turns.take(async () => {
      this.#convergence.moved(null);
      const to = await work();
      this.#convergence.moved(to);
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
        await this.#convergence.rest();
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
          async () => await this.#turns.take(async () => await this.#convergence.step(maximumBlocks)),
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
