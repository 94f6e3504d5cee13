/**
 * Backfill: ranges of final blocks, several fetched at once, appended one after the other.
 *
 * A range that was fetched before a factory's child was discovered in an earlier one is asked again for that child alone
 * before it is appended.
 */
import { isNodeFault } from '../rpc/errors.ts';
import { askForLess, suggestedBlocks } from './range-fetcher.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { Progress } from './progress.ts';
import { type Gathered, gather, gatherMissing } from './gather.ts';
import type { IngestRun, Position } from './run.ts';
import { checkLink } from './reorg.ts';
import { finalRange, mostBlocksInRange } from './sources.ts';
import type { Tip } from './tip.ts';

/** Ingests all blocks from `position` up to the tip's final block. */
export async function backfill(run: IngestRun, position: Position, tip: Tip): Promise<Position> {
  const final = tip.final;
  if (final === null || position.next > final.number) return position;
  const progress = new Progress(run.logger, run.clock, {
    chainId: run.chainId,
    from: position.next,
    to: final.number,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const inFlight: Promise<Gathered>[] = [];
  let current = position;
  let next = position.next;
  try {
    while (current.next <= final.number) {
      while (next <= final.number && inFlight.length < run.settings.concurrentRanges) {
        const range = { from: next, to: Math.min(final.number, next + rangeBlocks(run) - 1) };
        const fetching = gatherFinal(run, range, current.contracts, signal);
        // A failure is thrown when its turn comes; until then it must not count as unhandled.
        void fetching.catch(() => undefined);
        inFlight.push(fetching);
        next = range.to + 1;
      }
      const fetched = await inFlight[0];
      void inFlight.shift();
      if (fetched === undefined) break;
      current = await appendFinal(run, current, fetched, tip, signal);
      progress.reached(current.next - 1);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(inFlight);
  }
  progress.done();
  return current;
}

function rangeBlocks(run: IngestRun): number {
  return Math.min(
    run.settings.maximumRangeBlocks,
    suggestedBlocks(run.ranges, run.node),
    mostBlocksInRange(run.source.completeness),
  );
}

async function gatherFinal(
  run: IngestRun,
  range: BlockRange,
  contracts: ContractSet,
  signal: AbortSignal,
): Promise<Gathered> {
  try {
    const source = await finalRange({ ...run.source, signal }, range);
    return await gather({ ...run.gathering, signal }, source, contracts);
  } catch (error) {
    if (isNodeFault(error)) askForLess(run.ranges, run.node, range);
    throw error;
  }
}

async function appendFinal(
  run: IngestRun,
  position: Position,
  fetched: Gathered,
  tip: Tip,
  signal: AbortSignal,
): Promise<Position> {
  const first = fetched.source.headers?.[0];
  if (first !== undefined) await checkLink(run, position.cursor, first);
  const gathered = await gatherMissing({ ...run.gathering, signal }, fetched, position.contracts);
  return await run.append(position, gathered, tip);
}
