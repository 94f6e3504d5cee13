/**
 * Ingest: copies the chain from the nodes to the ledger. The ledger's cursor always determines where it
 * continues.
 */
import { sleep } from '../../../primitives/time.ts';
import { withClient } from '../../../db/client.ts';
import type { NodePool } from '../../chain/nodes.ts';
import { ContractSet } from '../../contract/contract-set.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { CursorMovedError, readCursor } from '../../ledger/cursors.ts';
import { ledgerView } from '../../ledger/ledger-view.ts';
import { retryForever } from '../../leader/retry-forever.ts';
import { isNodeFault } from '../../rpc/errors.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { BlockReference } from '../../rpc/types.ts';
import type { ChainSettings, IngestSettings } from '../../settings.ts';
import { ChainSource } from '../../source/chain-source.ts';
import type { AnnouncedHead } from '../../source/head.ts';
import { DeepReorgError } from '../../source/reorg.ts';
import { type ChainUpdate, nextBlock, type Position } from '../../source/updates.ts';
import type { NodeOutages } from '../supervision/node-outages.ts';
import type { IngestPulse } from '../supervision/watchdog.ts';
import { commit, type CommitSettings } from './commit.ts';
import { haltChain } from './deep-reorg.ts';

export interface IngestOptions extends CommitSettings {
  readonly nodes: NodePool;
  readonly chain: ChainSettings;
  readonly settings: IngestSettings;
  /** Notified when no node serves ingest, and when one does again. */
  readonly outages: NodeOutages;
}

/**
 * Milliseconds between retries if the node is behind the announced head. After the last retry, ingest waits
 * for the next head.
 */
const lagPausesMs = [100, 200, 400, 800, 1_600, 3_200];

/** Commits the chain's updates to the ledger, from whichever node answers. */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #source: ChainSource;
  readonly #nodes = new ObservedNodes();
  #progress = 0;
  #next: number | null = null;
  #isHeldUp = false;
  #hasSaidItWaits = false;
  /** The position of the last commit, if no error occurred since. The update of the cursor verifies it. */
  #reached: Position | null = null;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { pool, lease, chain, settings, logger } = options;
    const { chainId } = lease;
    const ledger = ledgerView(pool, chainId);
    const clock = (): number => performance.now();
    this.#source = new ChainSource({ chainId, chain, settings, ledger, logger, clock });
  }

  /** Returns the state that the watchdog observes. */
  pulse(): IngestPulse {
    return {
      answers: this.#nodes.answers,
      progress: this.#progress,
      next: this.#next,
      isHeldUp: this.#isHeldUp,
    };
  }

  /** Follows the chain until the signal is aborted. `heads` yields each new head. */
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
      // The announcing node may be ahead of the asked one, and this head is announced only once.
      for (const pauseMs of lagPausesMs) {
        if (seen.hash === head.hash || seen.number > head.number) break;
        await sleep(pauseMs, signal);
        seen = await advance();
      }
      outages.answered('ingest');
    }
  }

  /**
   * Advances from the ledger's position to the chain's head, as this node sees it; returns that head.
   * `announced` is the head that caused the advance.
   */
  async #advance(node: ChainNode, announced: AnnouncedHead, signal: AbortSignal): Promise<BlockReference> {
    const reached = this.#reached;
    this.#reached = null;
    try {
      return await this.#advanceFrom(reached ?? (await this.#position()), node, announced, signal);
    } catch (error) {
      // An operator may move cursors back meanwhile; then the position is read from the ledger.
      if (reached === null || !(error instanceof CursorMovedError)) throw error;
      return await this.#advanceFrom(await this.#position(), node, announced, signal);
    }
  }

  async #advanceFrom(
    from: Position,
    node: ChainNode,
    announced: AnnouncedHead,
    signal: AbortSignal,
  ): Promise<BlockReference> {
    let position = from;
    let seen: BlockReference = announced;
    try {
      for await (const update of this.#source.advance(node, from, announced, signal)) {
        if (update.kind === 'blocks') await this.#room(signal);
        position = await commit(this.#options, position, update, signal);
        this.#committed(position, update);
        seen = update.tip.head;
      }
    } catch (error) {
      if (error instanceof DeepReorgError) await haltChain(this.#options, node, error, signal);
      throw error;
    }
    this.#reached = position;
    return seen;
  }

  /** Waits until the projection is not too far behind. */
  async #room(signal: AbortSignal): Promise<void> {
    this.#isHeldUp = true;
    await this.#options.backlog.room(signal).finally(() => (this.#isHeldUp = false));
  }

  #committed(position: Position, update: ChainUpdate): void {
    const { lease, outages, logger } = this.#options;
    if (update.kind !== 'tip') {
      this.#next = nextBlock(position);
      this.#progress += 1;
      // A backfill may take hours before it reaches the announced head.
      outages.answered('ingest');
    } else if (position.cursor === null && !this.#hasSaidItWaits) {
      this.#hasSaidItWaits = true;
      logger.warn(
        { chainId: lease.chainId, startBlock: nextBlock(position), head: update.tip.head.number },
        'the contracts start at a block that the chain hasn’t reached: waiting for it',
      );
    }
  }

  async #position(): Promise<Position> {
    const { pool, lease } = this.#options;
    const position = await withClient(pool, async (client) => ({
      cursor: await readCursor(client, lease.chainId, 'ingest'),
      contracts: new ContractSet(await listContracts(client, lease.chainId)),
    }));
    this.#next = nextBlock(position);
    return position;
  }
}

/** Counts the answers of the nodes. */
class ObservedNodes {
  readonly #observed = new WeakMap<ChainNode, ChainNode>();
  #answers = 0;

  get answers(): number {
    return this.#answers;
  }

  /**
   * Returns the counting wrapper of a node. The same object is returned each time, because limits are stored
   * per node object.
   */
  observe(node: ChainNode): ChainNode {
    const known = this.#observed.get(node);
    if (known !== undefined) return known;
    const observed: ChainNode = {
      ...node,
      request: async (...question) => this.#counted(await node.request(...question)),
      requestBatch: async (...question) => this.#counted(await node.requestBatch(...question)),
    };
    this.#observed.set(node, observed);
    return observed;
  }

  #counted<Answer>(answer: Answer): Answer {
    this.#answers += 1;
    return answer;
  }
}
