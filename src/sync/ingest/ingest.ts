/**
 * Ingest: from the node to the ledger. Final blocks come by ranges, the rest block by block, and the ledger's cursor says
 * where to go on, whatever happened before.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { ChainNode } from '../../chain/node.ts';
import { createRangeMemory, type RangeMemory } from '../../chain/range-fetcher.ts';
import type { BlockReference } from '../../chain/types.ts';
import { ContractSet } from '../../contracts/contract-set.ts';
import { withTransaction } from '../../db/client.ts';
import { latch } from '../../ledger/chains.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { readCursor } from '../../ledger/cursors.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import type { Backlog } from '../backlog.ts';
import type { Lease } from '../leadership.ts';
import { persist } from '../persist.ts';
import type { MonotonicClock } from '../progress.ts';
import type { ChainSettings, IngestSettings } from '../settings.ts';
import { append } from './append.ts';
import { backfill } from './backfill.ts';
import { follow } from './follow.ts';
import type { Gathered, GatherSettings } from './gather.ts';
import { checkCursor, ReorgError } from './reorg.ts';
import type { SourceSettings } from './sources.ts';
import { readTip, type Tip } from './tip.ts';

export interface IngestOptions {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly queue: JobQueue;
  readonly node: ChainNode;
  readonly chain: ChainSettings;
  readonly settings: IngestSettings;
  readonly backlog: Backlog;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
  readonly signal: AbortSignal;
  /** Told after each append, so that a projection in this process needn't wait for the queue. */
  readonly onAppended: () => void;
}

/** Where ingest is: the ledger's last block, the next to fetch, and the contracts known so far. */
export interface Position {
  readonly cursor: BlockReference | null;
  readonly next: number;
  readonly contracts: ContractSet;
}

export class Ingest {
  readonly chainId: number;
  readonly node: ChainNode;
  readonly settings: IngestSettings;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
  readonly ranges: RangeMemory;
  readonly source: SourceSettings;
  readonly gathering: GatherSettings;
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    const { node, signal, chain, settings } = options;
    this.#options = options;
    this.chainId = options.lease.chainId;
    this.node = node;
    this.settings = settings;
    this.signal = signal;
    this.logger = options.logger;
    this.clock = options.clock;
    this.ranges = createRangeMemory({ maximumBlocks: settings.maximumRangeBlocks });
    this.source = { node, completeness: chain.completeness, ranges: this.ranges, signal };
    this.gathering = {
      node,
      completeness: chain.completeness,
      signal,
      maximumReadBytes: settings.maximumReadBytes,
      multicall3: chain.multicall3,
    };
  }

  /** Follows the chain until the signal is aborted. `heads` yields whenever there may be a new head. */
  async run(heads: AsyncIterable<unknown>): Promise<void> {
    await this.#advance();
    for await (const _ of heads) {
      if (this.signal.aborted) return;
      await this.#advance();
    }
  }

  /** Appends what was gathered, once the projection isn't too far behind. */
  async append(position: Position, gathered: Gathered, tip: Tip): Promise<Position> {
    const { backlog, pool, lease, queue, chain, onAppended } = this.#options;
    await backlog.room(this.signal);
    const startedAt = this.clock();
    const cursor = await append(
      { pool, lease, queue, completeness: chain.completeness },
      position.cursor,
      gathered,
      tip,
    );
    const { from, to } = gathered.source.range;
    const logs = gathered.blocks.reduce((sum, block) => sum + block.logs.length, 0);
    backlog.appended({ through: cursor.number, blocks: to - from + 1, logs });
    onAppended();
    for (const { contract } of gathered.discovered) {
      const { address, kind, startBlock, factory } = contract;
      this.logger.info({ chainId: this.chainId, address, kind, startBlock, factory }, 'contract discovered');
    }
    this.logger.debug(
      {
        chainId: this.chainId,
        from,
        to,
        logs,
        reads: gathered.reads.length,
        durationMs: Math.round(this.clock() - startedAt),
      },
      'blocks ingested',
    );
    return { cursor, next: cursor.number + 1, contracts: gathered.contracts };
  }

  /** From wherever the ledger is to the chain's head, through every fault that passes. */
  async #advance(): Promise<void> {
    try {
      await persist({ what: 'ingest', signal: this.signal, logger: this.logger }, async () => {
        const position = await this.#position();
        const tip = await readTip(this.node, this.#options.chain.finality, this.signal);
        if (position.cursor !== null && tip.head.number < position.cursor.number) return;
        // Without headers nothing else links what comes to what the ledger has.
        if (position.cursor !== null && this.source.completeness === 'logs')
          await checkCursor(this, position.cursor);
        await follow(this, await backfill(this, position, tip), tip);
      });
    } catch (error) {
      if (error instanceof ReorgError) await this.#latch(error);
      throw error;
    }
  }

  async #position(): Promise<Position> {
    const client = await this.#options.pool.connect();
    try {
      const cursor = await readCursor(client, this.chainId, 'ingest');
      const contracts = new ContractSet(await listContracts(client, this.chainId));
      return { cursor, next: cursor === null ? contracts.firstBlock() : cursor.number + 1, contracts };
    } finally {
      client.release();
    }
  }

  /** Nothing is written after this until a person has decided. */
  async #latch(error: ReorgError): Promise<void> {
    const { pool, lease } = this.#options;
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await latch(client, this.chainId, error.message, { ours: error.ours, theirs: error.theirs });
    });
    this.logger.fatal(
      { chainId: this.chainId, ours: error.ours, theirs: error.theirs },
      'reorganization: writing has stopped',
    );
  }
}
