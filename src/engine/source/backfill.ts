/**
 * Backfill: fetches ranges of final blocks, several concurrently, and yields them in order.
 *
 * A range may be fetched before an earlier range discovers a factory's child. Before such a range is yielded,
 * it is fetched again for that child alone.
 */
import type { Logger } from 'pino';
import type { BlockRange } from '../../primitives/interval.ts';
import type { MonotonicClock } from '../../primitives/time.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import { isNodeFault } from '../rpc/errors.ts';
import { type FetchedBatch, gather, gatherMissing } from './gather.ts';
import { askForLess, suggestedBlocks } from './range-fetcher.ts';
import { findReorg } from './reorg.ts';
import { finalRange, mostBlocksInRange, type RangeSource } from './sources.ts';
import {
  type Advance,
  type ChainUpdate,
  nextBlock,
  type Position,
  positionAfter,
  type Reached,
} from './updates.ts';

/** A fetched range, and the source for further requests in it. */
interface FetchedRange {
  readonly source: RangeSource;
  readonly batch: FetchedBatch;
}

/** Yields all blocks after `from` up to the tip's final block. Throws the nodes' errors. */
export async function* backfill(
  advance: Advance,
  from: Position,
): AsyncGenerator<ChainUpdate, Reached, undefined> {
  const { tip, fetching, settings } = advance;
  const { final } = tip;
  let next = nextBlock(from);
  if (final === null || next > final.number) return { position: from, reorg: null };
  const progress = new Progress(advance, { from: next, to: final.number });
  const stop = new AbortController();
  const asking = { ...fetching, signal: AbortSignal.any([advance.signal, stop.signal]) };
  const inFlight: Promise<FetchedRange>[] = [];
  let position = from;
  try {
    while (nextBlock(position) <= final.number) {
      while (next <= final.number && inFlight.length < settings.concurrentRanges) {
        const range = { from: next, to: Math.min(final.number, next + rangeBlocks(advance) - 1) };
        const fetched = fetchFinal(asking, range, position.contracts);
        // The error is thrown when this range's turn comes; until then it must not count as an unhandled
        // rejection.
        void fetched.catch(() => undefined);
        inFlight.push(fetched);
        next = range.to + 1;
      }
      const fetched = await inFlight[0];
      void inFlight.shift();
      if (fetched === undefined) break;
      const first = fetched.source.headers?.[0];
      const reorg = first === undefined ? null : await findReorg(advance, position.cursor, first);
      if (reorg !== null) return { position, reorg };
      const batch = await gatherMissing(asking, fetched.source, fetched.batch, position.contracts);
      yield { kind: 'blocks', tip, batch };
      position = positionAfter(batch);
      progress.reached(nextBlock(position) - 1);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(inFlight);
  }
  progress.done();
  return { position, reorg: null };
}

function rangeBlocks({ settings, fetching, node }: Advance): number {
  return Math.min(
    settings.maximumRangeBlocks,
    suggestedBlocks(fetching.ranges, node),
    mostBlocksInRange(fetching.completeness),
  );
}

async function fetchFinal(
  asking: Advance['fetching'],
  range: BlockRange,
  contracts: ContractSet,
): Promise<FetchedRange> {
  try {
    const source = await finalRange(asking, range);
    return { source, batch: await gather(asking, source, contracts) };
  } catch (error) {
    if (isNodeFault(error)) askForLess(asking.ranges, asking.node, range);
    throw error;
  }
}

const progressIntervalMs = 5_000;

/**
 * Logs the progress of a long backfill: blocks done, rate, remaining time. The log interval is long enough
 * for a human reader.
 */
class Progress {
  readonly #logger: Logger;
  readonly #clock: MonotonicClock;
  readonly #chainId: number;
  readonly #range: BlockRange;
  readonly #startedAt: number;
  #saidAt: number;

  constructor({ logger, clock, chainId }: Advance, range: BlockRange) {
    this.#logger = logger;
    this.#clock = clock;
    this.#chainId = chainId;
    this.#range = range;
    this.#startedAt = clock();
    this.#saidAt = this.#startedAt;
    const { from, to } = range;
    logger.info({ chainId, from, to, blocks: to - from + 1 }, 'backfill started');
  }

  /** Records that all blocks up to this one are done. */
  reached(blockNumber: number): void {
    const now = this.#clock();
    if (now - this.#saidAt < progressIntervalMs) return;
    this.#saidAt = now;
    const done = blockNumber - this.#range.from + 1;
    const left = this.#range.to - blockNumber;
    const blocksPerSecond = done / ((now - this.#startedAt) / 1000);
    this.#logger.info(
      {
        chainId: this.#chainId,
        block: blockNumber,
        blocksDone: done,
        blocksLeft: left,
        blocksPerSecond: Math.round(blocksPerSecond),
        secondsLeft: Math.round(left / blocksPerSecond),
      },
      'backfill progress',
    );
  }

  done(): void {
    const durationMs = Math.round(this.#clock() - this.#startedAt);
    this.#logger.info({ chainId: this.#chainId, ...this.#range, durationMs }, 'backfill done');
  }
}
