/**
 * Reads all of the ledger's data of a range from the node again, and reports differences. Adds reads that the ledger lacks because newer
 * code needs them. Changes existing data only if `mends` is set.
 */
import { z } from 'zod';
import type { ChainNode } from '../rpc/node.ts';
import { createRangeMemory } from '../source/range-fetcher.ts';
import { ContractSet } from '../contract/contract-set.ts';
import type { CompletenessLevel, ReadResult } from '../rpc/types.ts';
import { withClient, withTransaction } from '../../db/client.ts';
import { type RecordedRead, requestKey } from '../ledger/batch.ts';
import { readChain } from '../ledger/chains.ts';
import { listContracts } from '../ledger/contracts.ts';
import { ledgerBlockNumbers } from '../ledger/final-blocks.ts';
import { loadLedgerBlocks } from '../ledger/ledger-blocks.ts';
import { copyReads, loadReads } from '../ledger/reads.ts';
import { required } from '../../primitives/errors.ts';
import { toAddress } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { ExecutionContext } from '../leader/commands/command.ts';
import { differenceOf } from '../ledger/final-difference.ts';
import { type FetchedBatch, gather } from '../source/gather.ts';
import { isMendable, mendBlock } from './mend-ledger.ts';
import { finalRange } from '../source/sources.ts';

export const refetchInput = z.object({
  /** A larger answer counts as oversized, as at ingestion. */
  maximumReadBytes: z.int(),
  multicall3: z.string().nullable(),
  /** Corrects differences in the ledger: logs and headers as proven by the receipts, and answers as the node returns them. */
  mends: z.boolean().optional(),
});
export type RefetchInput = z.output<typeof refetchInput>;

export const refetchResult = z.object({
  blocks: z.int(),
  reads: z.int(),
  /** Reads that the ledger lacked. */
  readsAdded: z.int(),
  /** Reads whose state the node no longer has. */
  readsUnavailable: z.int(),
  /** Corrected blocks of the ledger. */
  mended: z.int(),
  /** The first uncorrected differences between the node and the ledger, in chain order. */
  differences: z.array(z.object({ blockNumber: z.int(), what: z.string() })),
});
export type RefetchResult = z.output<typeof refetchResult>;

const blocksAtOnce = 500;
const maximumDifferences = 100;

/** Reads the range again from the node. Writes to the ledger under the leader's lease. */
export async function refetch(
  context: ExecutionContext,
  range: BlockRange,
  options: RefetchInput,
): Promise<RefetchResult> {
  const { pool, lease, nodes, signal, report } = context;
  const { chainId } = lease;
  const { contracts, completeness } = await withClient(pool, async (client) => ({
    contracts: new ContractSet(await listContracts(client, chainId)),
    completeness: required(await readChain(client, chainId), 'the chain').completeness,
  }));
  const result: RefetchResult = {
    blocks: 0,
    reads: 0,
    readsAdded: 0,
    readsUnavailable: 0,
    mended: 0,
    differences: [],
  };
  for (let from = range.from; from <= range.to; from += blocksAtOnce) {
    signal.throwIfAborted();
    const part = { from, to: Math.min(range.to, from + blocksAtOnce - 1) };
    const gathered = await nodes().run(
      async (node) =>
        await gatherAgain(node, {
          range: part,
          contracts,
          // Corrections of the ledger must be proven.
          completeness: options.mends === true ? 'receipts' : completeness,
          signal,
          ...options,
        }),
    );
    if (options.mends === true) await mendRange(context, part, gathered, result);
    await compareRange(context, part, gathered, result);
    report({ step: 'asking the node', done: part.to, total: range.to, unit: 'blocks' });
  }
  return { ...result, differences: result.differences.slice(0, maximumDifferences) };
}

async function gatherAgain(
  node: ChainNode,
  settings: RefetchInput & {
    readonly range: BlockRange;
    readonly contracts: ContractSet;
    readonly completeness: CompletenessLevel;
    readonly signal: AbortSignal;
  },
): Promise<FetchedBatch> {
  const { range, contracts, completeness, signal, maximumReadBytes, multicall3 } = settings;
  const ranges = createRangeMemory({ maximumBlocks: blocksAtOnce });
  const reading = { maximumReadBytes, multicall3: multicall3 === null ? null : toAddress(multicall3) };
  const asking = { node, completeness, ranges, signal, ...reading };
  return await gather(asking, await finalRange(asking, range), contracts);
}

/** Corrects block by block, so that a repeated run continues after blocks that are already corrected. */
async function mendRange(
  { pool, lease }: ExecutionContext,
  range: BlockRange,
  gathered: FetchedBatch,
  result: RefetchResult,
): Promise<void> {
  const { chainId } = lease;
  const { kept, known } = await withClient(pool, async (client) => ({
    kept: await loadLedgerBlocks(client, chainId, range),
    known: await loadReads(client, chainId, range),
  }));
  const other = Map.groupBy(
    gathered.reads.filter(({ block, request, result: now }) => {
      const before = known.get(block.hash)?.get(requestKey(request));
      return before !== undefined && now.status !== 'unavailable' && !isSame(before, now);
    }),
    ({ block }) => block.hash,
  );
  for (const block of gathered.blocks) {
    const ours = kept.get(block.header.number);
    const reads = other.get(block.header.hash) ?? [];
    if (ours === undefined || ours.hash !== block.header.hash) continue;
    if (reads.length === 0 && !isMendable(ours, block)) continue;
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await mendBlock(client, chainId, block, reads);
    });
    result.mended += 1;
  }
}

async function compareRange(
  { pool, lease }: ExecutionContext,
  range: BlockRange,
  gathered: FetchedBatch,
  result: RefetchResult,
): Promise<void> {
  const { chainId } = lease;
  const { kept, reads } = await withClient(pool, async (client) => ({
    kept: await ledgerBlockNumbers(client, chainId, range),
    reads: await loadReads(client, chainId, range),
  }));
  const difference = differenceOf(
    kept,
    gathered.blocks.map(({ header }) => header),
    gathered.blocks.flatMap(({ logs }) => logs),
  );
  if (difference !== null)
    result.differences.push({ blockNumber: difference.blockNumber, what: JSON.stringify(difference) });
  const missing: RecordedRead[] = [];
  for (const read of gathered.reads) {
    const known = reads.get(read.block.hash)?.get(requestKey(read.request));
    if (known === undefined) missing.push(read);
    else if (read.result.status === 'unavailable') result.readsUnavailable += 1;
    else if (!isSame(known, read.result))
      result.differences.push({ blockNumber: read.block.number, what: describeRead(read, known) });
  }
  if (missing.length > 0) {
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await copyReads(client, chainId, missing);
    });
  }
  result.blocks += gathered.blocks.length;
  result.reads += gathered.reads.length;
  result.readsAdded += missing.length;
}

/** An answer to a read that was recorded as unavailable is not a difference, and the ledger keeps its record. */
function isSame(known: ReadResult, now: ReadResult): boolean {
  return known.status === 'unavailable' || JSON.stringify(known) === JSON.stringify(now);
}

function describeRead({ request, result }: RecordedRead, known: ReadResult): string {
  const description =
    request.kind === 'call' ? `call of ${request.target} with ${request.calldata}` : request.transactionHash;
  return `${description}: was ${answerOf(known)}, is ${answerOf(result)}`;
}

function answerOf(result: ReadResult): string {
  return 'data' in result ? `${result.status} ${result.data.slice(0, 200)}` : result.status;
}
