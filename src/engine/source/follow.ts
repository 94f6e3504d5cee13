/** The head: blocks that aren't final yet, checked header by header against what the ledger has. */
import { verifyHeadersChain } from '../chain/completeness.ts';
import { InconsistentAnswerError } from '../rpc/errors.ts';
import { getHeaders } from '../chain/headers.ts';
import { rememberAnswer, suggestedBlocks } from './range-fetcher.ts';
import type { RangeOptions } from './range-policy.ts';
import type { BlockHeader } from '../rpc/types.ts';
import { gather } from './gather.ts';
import type { IngestRun, Position } from './run.ts';
import { checkLink, ReorgError } from './reorg.ts';
import { headBlocks } from './sources.ts';
import type { Tip } from './tip.ts';

/**
 * How many blocks are taken at once while catching up with the head: few where they are crowded, so that none of the logs wait in memory,
 * and those that the projection is given are still there when it comes to them.
 */
export const headRanges: Partial<RangeOptions> = { initialBlocks: 8, maximumBlocks: 100 };

/** Ingests the blocks after `position`, up to the tip's head. A head that is behind, or one that we have, is a lagging node: nothing to do. */
export async function follow(run: IngestRun, position: Position, tip: Tip): Promise<Position> {
  let current = position;
  if (
    current.cursor !== null &&
    tip.head.number === current.cursor.number &&
    tip.head.hash !== current.cursor.hash
  ) {
    throw new ReorgError(run.chainId, current.cursor, tip.head);
  }
  while (current.next <= tip.head.number) {
    const headers = await nextHeaders(run, current, tip.head);
    const source = headBlocks(run.source, headers);
    const gathered = await gather(run.gathering, source, current.contracts);
    const logs = gathered.blocks.reduce((sum, block) => sum + block.logs.length, 0);
    rememberAnswer(run.headRanges, run.node, { blocks: headers.length, logs });
    current = await run.appendAtHead(current, gathered, tip);
  }
  return current;
}

async function nextHeaders(
  run: IngestRun,
  { cursor, next }: Position,
  head: BlockHeader,
): Promise<[BlockHeader, ...BlockHeader[]]> {
  const to = Math.min(head.number, next + suggestedBlocks(run.headRanges, run.node) - 1);
  const options = { signal: run.signal };
  const headers = next === head.number ? [head] : await getHeaders(run.node, { from: next, to }, options);
  verifyHeadersChain(headers);
  const [first, ...rest] = headers;
  if (first === undefined)
    throw new InconsistentAnswerError(`The node has no block ${next}`, { blockNumber: next });
  await checkLink(run, cursor, first);
  return [first, ...rest];
}
