/**
 * Backfill: ranges of final blocks, several fetched at once, appended one after the other.
 *
 * A range that was fetched before a factory's child was discovered in an earlier one is asked again for that child alone
 * before it is appended.
 */
import pLimit from 'p-limit';
import { suggestedBlocks } from '../../chain/range-fetcher.ts';
import type { ContractSet } from '../../contracts/contract-set.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { persist } from '../persist.ts';
import { Progress } from '../progress.ts';
import { type Gathered, gather, gatherMissing } from './gather.ts';
import type { Ingest, Position } from './ingest.ts';
import { checkLink } from './reorg.ts';
import { finalRange } from './sources.ts';
import type { Tip } from './tip.ts';

/** Ingests all blocks from `position` up to the tip's final block. */
export async function backfill(ingest: Ingest, position: Position, tip: Tip): Promise<Position> {
  const final = tip.final;
  if (final === null || position.next > final.number) return position;
  const progress = new Progress(ingest.logger, ingest.clock, {
    chainId: ingest.chainId,
    from: position.next,
    to: final.number,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([ingest.signal, stop.signal]);
  const inFlight: Promise<Gathered>[] = [];
  let current = position;
  let next = position.next;
  try {
    while (current.next <= final.number) {
      while (next <= final.number && inFlight.length < ingest.settings.concurrentRanges) {
        const range = { from: next, to: Math.min(final.number, next + rangeBlocks(ingest) - 1) };
        inFlight.push(gatherFinal(ingest, range, current.contracts, signal));
        next = range.to + 1;
      }
      const fetched = await inFlight[0];
      inFlight.shift();
      if (fetched === undefined) break;
      current = await appendFinal(ingest, current, fetched, tip, signal);
      progress.reached(current.next - 1);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(inFlight);
  }
  progress.done();
  return current;
}

function rangeBlocks(ingest: Ingest): number {
  return Math.min(ingest.settings.maximumRangeBlocks, suggestedBlocks(ingest.ranges, ingest.node));
}

async function gatherFinal(
  ingest: Ingest,
  range: BlockRange,
  contracts: ContractSet,
  signal: AbortSignal,
): Promise<Gathered> {
  return await persist({ what: 'fetching a range', signal, logger: ingest.logger }, async () => {
    const source = await finalRange({ ...ingest.source, signal }, range);
    return await gather({ ...ingest.gathering, signal }, source, contracts);
  });
}

async function appendFinal(
  ingest: Ingest,
  position: Position,
  fetched: Gathered,
  tip: Tip,
  signal: AbortSignal,
): Promise<Position> {
  const first = fetched.source.headers?.[0];
  if (first !== undefined) await checkLink(ingest, position.cursor, first);
  const gathered = await persist(
    { what: 'fetching a new contract’s logs', signal, logger: ingest.logger },
    async () => await gatherMissing({ ...ingest.gathering, signal }, fetched, position.contracts),
  );
  return await ingest.append(position, gathered, tip);
}
