/**
 * Ingest: from the node to the ledger. Final blocks come by ranges, the rest block by block, and the ledger's cursor says
 * where to go on, whatever happened before.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { isNodeFault } from '../../rpc/errors.ts';
import type { AnnouncedHead } from '../../source/head.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { NodePool } from '../../chain/nodes.ts';
import { createRangeMemory, type RangeMemory } from '../../source/range-fetcher.ts';
import type { BlockReference } from '../../rpc/types.ts';
import { ContractSet } from '../../contract/contract-set.ts';
import { withClient, withTransaction } from '../../../db/client.ts';
import { canonicalBlock } from '../../ledger/blocks.ts';
import { updateHead } from '../../ledger/chains.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { CursorMovedError, readCursor } from '../../ledger/cursors.ts';
import { sleep } from '../../../primitives/time.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import type { Backlog } from './backlog.ts';
import type { FreshLogs } from './fresh-logs.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { NodeOutages } from '../supervision/node-outages.ts';
import { retryForever } from '../../leader/retry-forever.ts';
import type { MonotonicClock } from '../../source/progress.ts';
import type { IngestPulse } from '../supervision/watchdog.ts';
import type { ChainSettings, IngestSettings } from '../../settings.ts';
import { append } from './append.ts';
import { backfill } from '../../source/backfill.ts';
import { follow, headRanges } from '../../source/follow.ts';
import type { Gathered } from '../../source/gather.ts';
import { switchBranch } from './switch-branch.ts';
import { ObservedNodes } from '../../source/observed-nodes.ts';
import { checkCursor, ReorgError } from '../../source/reorg.ts';
import type { IngestRun, Position } from '../../source/run.ts';
import { askEarly } from '../../source/sources.ts';
import { readTip, type Tip } from '../../source/tip.ts';

export interface IngestOptions {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly queue: JobQueue;
  readonly nodes: NodePool;
  readonly chain: ChainSettings;
  readonly settings: IngestSettings;
  readonly backlog: Backlog;
  readonly freshLogs: FreshLogs;
  /** Told when no node serves ingest, and when one does again. */
  readonly outages: NodeOutages;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
  /** Told after each append, and whether it was projected too: if not, a projection in this process needn't wait for the queue. */
  readonly onAppended: (isProjected: boolean) => void;
  /**
   * Appends and projects in one step what was gathered at the head after `cursor`; null where that can't be done now, and nothing was
   * written.
   */
  readonly appendProjected: (
    cursor: BlockReference,
    gathered: Gathered,
    tip: Tip,
    signal: AbortSignal,
  ) => Promise<BlockReference | null>;
}

/** How long a node that is behind the head it was asked because of is given; after these the next head is waited for. */
const lagPausesMs = [100, 200, 400, 800, 1_600, 3_200];

export class Ingest {
  readonly #options: IngestOptions;
  readonly #ranges: RangeMemory;
  readonly #headRanges = createRangeMemory(headRanges);
  readonly #nodes = new ObservedNodes();
  #progress = 0;
  #next: number | null = null;
  #isHeldUp = false;
  #hasSaidItWaits = false;
  #hasSaidNothingIsFinal = false;
  /** Where this process came to last, if nothing went wrong since; the cursor that is moved says whether it is true. */
  #reached: Position | null = null;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#ranges = createRangeMemory({ maximumBlocks: options.settings.maximumRangeBlocks });
  }

  /** What a watchdog sees of it. */
  pulse(): IngestPulse {
    return {
      answers: this.#nodes.answers,
      progress: this.#progress,
      next: this.#next,
      isHeldUp: this.#isHeldUp,
    };
  }

  /** Follows the chain until the signal is aborted. `heads` yields whenever there is another head. */
  async run(heads: AsyncIterable<AnnouncedHead>, signal: AbortSignal): Promise<void> {
    const { logger, nodes, outages } = this.#options;
    const onFailure = (error: unknown): void => {
      outages.failed('ingest', error);
      if (!isNodeFault(error)) this.#progress += 1;
    };
    for await (const head of heads) {
      if (signal.aborted) return;
      const advance = async (): Promise<BlockReference> =>
        await retryForever(
          { what: 'ingest', signal, logger, onFailure, progress: () => this.#progress },
          async () =>
            await nodes.run(async (node) => await this.#advance(this.#nodes.observe(node), head, signal)),
        );
      let seen = await advance();
      // Whoever told of the head may be ahead of the node that is asked: no other word of this head will come.
      for (const pauseMs of lagPausesMs) {
        if (seen.hash === head.hash || seen.number > head.number) break;
        await sleep(pauseMs, signal);
        seen = await advance();
      }
      outages.answered('ingest');
    }
  }

  /** From wherever the ledger is to the chain's head, as this node sees it; returns that head. `announced` is the head that it is asked because of. */
  async #advance(node: ChainNode, announced: AnnouncedHead, signal: AbortSignal): Promise<BlockReference> {
    const reached = this.#reached;
    this.#reached = null;
    try {
      return await this.#advanceFrom(reached, node, announced, signal);
    } catch (error) {
      // A person may take cursors back while this runs: then the ledger says where they are.
      if (reached === null || !(error instanceof CursorMovedError)) throw error;
      return await this.#advanceFrom(null, node, announced, signal);
    }
  }

  async #advanceFrom(
    reached: Position | null,
    node: ChainNode,
    announced: AnnouncedHead,
    signal: AbortSignal,
  ): Promise<BlockReference> {
    const run = this.#runWith(node, announced, reached, signal);
    const [position, tip] = await Promise.all([
      reached ?? this.#position(),
      readTip(node, this.#options.chain.finality, run.signal),
    ]);
    const { cursor } = position;
    this.#tellWhatIsFinal(node, tip);
    try {
      // A head that is behind what the ledger has is a lagging node's, if it is a block of ours.
      if (cursor !== null && tip.head.number < cursor.number) {
        await this.#expectKnown(run, tip);
        return tip.head;
      }
      // Without headers nothing else links what comes to what the ledger has.
      if (cursor !== null && run.source.completeness === 'logs') await checkCursor(run, cursor);
      if (cursor === null && position.next > tip.head.number) await this.#waitForStart(position, tip);
      this.#reached = await follow(run, await backfill(run, position, tip), tip);
    } catch (error) {
      if (!(error instanceof ReorgError)) throw error;
      await switchBranch(this.#options, run, { reorg: error, position: await this.#position(), tip });
      this.#progress += 1;
      this.#options.onAppended(false);
    }
    return tip.head;
  }

  /** Nothing is indexed before the contracts' first block; the head is noted, so that the status can say so. */
  async #waitForStart({ next }: Position, tip: Tip): Promise<void> {
    const { pool, lease, logger } = this.#options;
    const { chainId } = lease;
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await updateHead(client, chainId, { head: tip.head, final: null });
    });
    if (this.#hasSaidItWaits) return;
    this.#hasSaidItWaits = true;
    const { number: head } = tip.head;
    logger.warn(
      { chainId, startBlock: next, head },
      'the contracts start at a block that the chain hasn’t reached: waiting for it',
    );
  }

  /** A chain without the tag works, block by block, and a person may have expected that something is final: said once each time it begins. */
  #tellWhatIsFinal({ name }: ChainNode, { head, final }: Tip): void {
    const { chain, lease, logger } = this.#options;
    const isMissing = chain.finality.kind === 'tag' && final === null;
    if (isMissing && !this.#hasSaidNothingIsFinal) {
      logger.warn(
        { chainId: lease.chainId, node: name, head: head.number },
        'the node names no finalized block yet, so no block counts as final: if it stays so, set chain.finality to a number of blocks',
      );
    }
    this.#hasSaidNothingIsFinal = isMissing;
  }

  async #expectKnown({ chainId }: IngestRun, { head }: Tip): Promise<void> {
    const ours = await withClient(
      this.#options.pool,
      async (client) => await canonicalBlock(client, chainId, head.number),
    );
    if (ours !== null && ours.hash !== head.hash) throw new ReorgError(chainId, ours, head);
  }

  #runWith(
    node: ChainNode,
    announced: AnnouncedHead,
    reached: Position | null,
    signal: AbortSignal,
  ): IngestRun {
    const { lease, chain, settings, logger, clock } = this.#options;
    const { completeness, multicall3 } = chain;
    const { maximumReadBytes } = settings;
    const asking = { node, completeness, ranges: this.#ranges, signal };
    const { number } = announced;
    const early =
      reached?.next === number
        ? askEarly(asking, announced, reached.contracts.activeIn({ from: number, to: number }))
        : null;
    return {
      chainId: lease.chainId,
      node,
      settings,
      signal,
      logger,
      clock,
      ranges: this.#ranges,
      headRanges: this.#headRanges,
      source: { ...asking, early },
      gathering: { node, completeness, signal, maximumReadBytes, multicall3 },
      append: async (position, gathered, tip) => await this.#append(position, gathered, tip, signal),
      appendAtHead: async (position, gathered, tip) =>
        (await this.#appendProjected(position, gathered, tip, signal)) ??
        (await this.#append(position, gathered, tip, signal)),
    };
  }

  async #append(position: Position, gathered: Gathered, tip: Tip, signal: AbortSignal): Promise<Position> {
    const { backlog, freshLogs, pool, lease, queue, chain, onAppended, clock } = this.#options;
    this.#isHeldUp = true;
    await backlog.room(signal).finally(() => (this.#isHeldUp = false));
    const startedAt = clock();
    const cursor = await append(
      { pool, lease, queue, completeness: chain.completeness },
      position.cursor,
      gathered,
      tip,
    );
    const { from, to } = gathered.source.range;
    freshLogs.add(gathered.blocks);
    backlog.appended({ through: cursor.number, blocks: to - from + 1, logs: countLogs(gathered) });
    onAppended(false);
    return this.#appended(cursor, gathered, startedAt);
  }

  async #appendProjected(
    { cursor }: Position,
    gathered: Gathered,
    tip: Tip,
    signal: AbortSignal,
  ): Promise<Position | null> {
    const { clock, appendProjected, onAppended } = this.#options;
    const startedAt = clock();
    if (cursor === null) return null;
    const to = await appendProjected(cursor, gathered, tip, signal);
    if (to === null) return null;
    onAppended(true);
    return this.#appended(to, gathered, startedAt);
  }

  #appended(cursor: BlockReference, gathered: Gathered, startedAt: number): Position {
    const { clock, logger, lease } = this.#options;
    const { chainId } = lease;
    const { contracts, discovered, reads, source } = gathered;
    this.#progress += 1;
    // A backfill may take hours before it reaches the head that it was begun for.
    this.#options.outages.answered('ingest');
    this.#next = cursor.number + 1;
    for (const { contract } of discovered) {
      const { address, kind, startBlock, factory } = contract;
      logger.info({ chainId, address, kind, startBlock, factory }, 'contract discovered');
    }
    const { from, to } = source.range;
    const durationMs = Math.round(clock() - startedAt);
    const logs = countLogs(gathered);
    logger.debug({ chainId, from, to, logs, reads: reads.length, durationMs }, 'blocks ingested');
    return { cursor, next: cursor.number + 1, contracts };
  }

  async #position(): Promise<Position> {
    const { pool, lease } = this.#options;
    return await withClient(pool, async (client) => {
      const cursor = await readCursor(client, lease.chainId, 'ingest');
      const contracts = new ContractSet(await listContracts(client, lease.chainId));
      const next = cursor === null ? contracts.firstBlock() : cursor.number + 1;
      this.#next = next;
      return { cursor, next, contracts };
    });
  }
}

function countLogs({ blocks }: Gathered): number {
  return blocks.reduce((sum, block) => sum + block.logs.length, 0);
}
