/**
 * The source of the chain: one node's blocks from a position up to its head. `backfill` fetches final blocks
 * by ranges. `follow` checks blocks near the head header by header against the ledger.
 */
import type { Logger } from 'pino';
import type { MonotonicClock } from '../../primitives/time.ts';
import { verifyHeadersChain } from '../chain/completeness.ts';
import { type Finality, getHeaders, headAndFinal } from '../chain/headers.ts';
import type { LedgerView } from '../ledger/ledger-view.ts';
import { InconsistentAnswerError } from '../rpc/errors.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader } from '../rpc/types.ts';
import type { ChainSettings, IngestSettings } from '../settings.ts';
import { backfill } from './backfill.ts';
import { gather } from './gather.ts';
import type { AnnouncedHead } from './head.ts';
import {
  createRangeMemory,
  type RangeMemory,
  type RangeOptions,
  rememberAnswer,
  suggestedBlocks,
} from './range-fetcher.ts';
import { differing, fetchReplacement, findReorg, reorgBehind } from './reorg.ts';
import { askEarly, headBlocks } from './sources.ts';
import {
  type Advance,
  type ChainUpdate,
  countLogs,
  nextBlock,
  type Position,
  positionAfter,
  type Reached,
  type Tip,
} from './updates.ts';

export interface ChainSourceOptions {
  readonly chainId: number;
  readonly chain: Pick<ChainSettings, 'finality' | 'completeness' | 'multicall3'>;
  readonly settings: IngestSettings;
  readonly ledger: LedgerView;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
}

/**
 * The range sizes while catching up with the head. Dense ranges stay small, so that logs do not accumulate in
 * memory and the fresh logs are still cached when the projection reads them.
 */
const headRanges: Partial<RangeOptions> = { initialBlocks: 8, maximumBlocks: 100 };

/** Keeps each node's learned range limits between advances. */
export class ChainSource {
  readonly #options: ChainSourceOptions;
  readonly #ranges: RangeMemory;
  readonly #headRanges = createRangeMemory(headRanges);
  #hasSaidNothingIsFinal = false;

  constructor(options: ChainSourceOptions) {
    this.#options = options;
    this.#ranges = createRangeMemory({ maximumBlocks: options.settings.maximumRangeBlocks });
  }

  /**
   * Yields the node's blocks from the position up to its head. Ends there, or after a reorg. Yields at least
   * one update; all updates have the same tip. The caller commits each update before it takes the next one.
   * `announced` is the head that caused this advance.
   *
   * Throws the node's error, after which another node may continue from the last commit. Throws a
   * DeepReorgError if the reorg would replace final blocks.
   */
  async *advance(
    node: ChainNode,
    from: Position,
    announced: AnnouncedHead,
    signal: AbortSignal,
  ): AsyncGenerator<ChainUpdate, void, undefined> {
    const { chainId, chain, settings, ledger, logger, clock } = this.#options;
    const { completeness, multicall3, finality } = chain;
    const { maximumReadBytes } = settings;
    const asking = { node, completeness, ranges: this.#ranges, signal, maximumReadBytes, multicall3 };
    const { number } = announced;
    const early =
      nextBlock(from) === number
        ? askEarly(asking, announced, from.contracts.activeIn({ from: number, to: number }))
        : null;
    const tip = await readTip(node, finality, signal);
    this.#tellWhatIsFinal(node, tip);
    const fetching = { ...asking, early };
    const advance = { chainId, node, tip, ledger, fetching, settings, signal, logger, clock };
    yield* updatesAfter({ ...advance, headRanges: this.#headRanges }, from);
  }

  /**
   * Logs once per change whether the node serves a final block. Without one, indexing works but block by
   * block, which an operator may not expect.
   */
  #tellWhatIsFinal({ name }: ChainNode, { head, final }: Tip): void {
    const { chainId, chain, logger } = this.#options;
    const isMissing = chain.finality.kind === 'tag' && final === null;
    if (isMissing && !this.#hasSaidNothingIsFinal) {
      logger.warn(
        { chainId, node: name, head: head.number },
        'the node names no finalized block yet, so no block counts as final: if it stays so, set chain.finality to a number of blocks',
      );
    }
    this.#hasSaidNothingIsFinal = isMissing;
  }
}

/**
 * Reads the head and the final block. The chain may advance between the two answers. A final block past the
 * head is left out, because the final block serves only as an upper bound.
 */
async function readTip(node: ChainNode, finality: Finality, signal: AbortSignal): Promise<Tip> {
  const { head, final } = await headAndFinal(node, finality, { signal });
  return { head, final: final === null || final.number > head.number ? null : final };
}

async function* updatesAfter(advance: Advance, from: Position): AsyncGenerator<ChainUpdate, void, undefined> {
  let reached: Reached = { position: from, reorg: await reorgBehind(advance, from.cursor) };
  if (reached.reorg === null) reached = yield* backfill(advance, from);
  if (reached.reorg === null) reached = yield* follow(advance, reached.position);
  if (reached.reorg !== null) yield await fetchReplacement(advance, reached.position, reached.reorg);
  else if (reached.position === from) yield { kind: 'tip', tip: advance.tip };
}

/**
 * Yields the blocks after `from`, up to the tip's head. If the head is behind the ledger or already in it,
 * the node is lagging or in sync and nothing is yielded.
 */
async function* follow(advance: Advance, from: Position): AsyncGenerator<ChainUpdate, Reached, undefined> {
  const { node, tip, fetching } = advance;
  const { head } = tip;
  let position = from;
  if (position.cursor?.number === head.number) return { position, reorg: differing(position.cursor, head) };
  while (nextBlock(position) <= head.number) {
    const headers = await nextHeaders(advance, nextBlock(position));
    const reorg = await findReorg(advance, position.cursor, headers[0]);
    if (reorg !== null) return { position, reorg };
    const batch = await gather(fetching, headBlocks(fetching, headers), position.contracts);
    rememberAnswer(advance.headRanges, node, { blocks: headers.length, logs: countLogs(batch) });
    yield { kind: 'blocks', tip, batch };
    position = positionAfter(batch);
  }
  return { position, reorg: null };
}

async function nextHeaders(
  { node, tip: { head }, headRanges: memory, signal }: Advance,
  next: number,
): Promise<[BlockHeader, ...BlockHeader[]]> {
  const to = Math.min(head.number, next + suggestedBlocks(memory, node) - 1);
  const headers = next === head.number ? [head] : await getHeaders(node, { from: next, to }, { signal });
  verifyHeadersChain(headers);
  const [first, ...rest] = headers;
  if (first === undefined)
    throw new InconsistentAnswerError(`The node has no block ${next}`, { blockNumber: next });
  return [first, ...rest];
}
