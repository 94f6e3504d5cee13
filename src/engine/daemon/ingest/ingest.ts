/** Ingest: from the nodes to the ledger. The ledger's cursor says where to go on, whatever happened before. */
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
  /** Told when no node serves ingest, and when one does again. */
  readonly outages: NodeOutages;
}

/** How long a node that is behind the head it was asked because of is given; after these the next head is waited for. */
const lagPausesMs = [100, 200, 400, 800, 1_600, 3_200];

export class Ingest {
  readonly #options: IngestOptions;
  readonly #source: ChainSource;
  readonly #nodes = new ObservedNodes();
  #progress = 0;
  #next: number | null = null;
  #isHeldUp = false;
  #hasSaidItWaits = false;
  /** Where this process came to last, if nothing went wrong since; the cursor that is moved says whether it is true. */
  #reached: Position | null = null;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { pool, lease, chain, settings, logger } = options;
    const { chainId } = lease;
    const ledger = ledgerView(pool, chainId);
    const clock = (): number => performance.now();
    this.#source = new ChainSource({ chainId, chain, settings, ledger, logger, clock });
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
      return await this.#advanceFrom(reached ?? (await this.#position()), node, announced, signal);
    } catch (error) {
      // A person may take cursors back while this runs: then the ledger says where they are.
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

  /** Waits until the projection isn't too far behind. */
  async #room(signal: AbortSignal): Promise<void> {
    this.#isHeldUp = true;
    await this.#options.backlog.room(signal).finally(() => (this.#isHeldUp = false));
  }

  #committed(position: Position, update: ChainUpdate): void {
    const { lease, outages, logger } = this.#options;
    if (update.kind !== 'tip') {
      this.#next = nextBlock(position);
      this.#progress += 1;
      // A backfill may take hours before it reaches the head that it was begun for.
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

/** Nodes with their answers counted. */
class ObservedNodes {
  readonly #observed = new WeakMap<ChainNode, ChainNode>();
  #answers = 0;

  get answers(): number {
    return this.#answers;
  }

  /** The node, observed; the same object each time, since limits are remembered by it. */
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
