/**
 * The two sources of blocks: a range query for final blocks, and block-by-block requests by hash for the
 * others. Near the head a number is ambiguous, and a lagging node answers an unknown number with an empty
 * list. A request by hash either succeeds or is refused.
 */
import pLimit from 'p-limit';
import { type BloomBits, bloomBitsOf, bloomMayContain, bloomOf } from '../chain/bloom.ts';
import { logsFromReceipts, verifyHeadersChain, watchAddresses } from '../chain/completeness.ts';
import { getHeaders } from '../chain/headers.ts';
import { getLogsByBlockHash, type LogFilter } from '../chain/logs.ts';
import type { AnnouncedHead } from './head.ts';
import type { ChainNode } from '../rpc/node.ts';
import { fetchLogs, type RangeMemory } from './range-fetcher.ts';
import { provenReceipts } from '../chain/receipts-root.ts';
import type { BlockHeader, BlockReference, CompletenessLevel, RawLog } from '../rpc/types.ts';
import { topicsOf } from '../contract/decode-batch.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { Address, Hex } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';

/** One node and its request settings: the same for logs, headers, receipts and reads. */
export interface FetchSettings {
  readonly node: ChainNode;
  readonly completeness: CompletenessLevel;
  /** The learned limits of the nodes. */
  readonly ranges: RangeMemory;
  readonly signal: AbortSignal;
  /** A longer answer of a contract read is recorded as `oversized`. */
  readonly maximumReadBytes: number;
  /** Null: each read is its own call. */
  readonly multicall3: Address | null;
  /** Logs that are already requested. */
  readonly early?: EarlyLogs | null;
}

/** The settings for requesting and proving headers and logs. */
export type LogSettings = Omit<FetchSettings, 'maximumReadBytes' | 'multicall3'>;

/** A run of blocks that can be requested. */
export interface RangeSource {
  readonly range: BlockRange;
  /** Every block's header, ascending and linked; null at level `logs`, which does not fetch them. */
  readonly headers: readonly BlockHeader[] | null;
  /** The logs of these contracts in the range, in any order. */
  logs(contracts: readonly IndexedContract[]): Promise<readonly RawLog[]>;
  /** Headers of single blocks, for level `logs`. */
  headersOf(blockNumbers: readonly number[]): Promise<readonly BlockHeader[]>;
}

/** The logs of an announced block, requested before it is known whether the block is the node's head. */
export interface EarlyLogs {
  readonly block: BlockReference;
  readonly contracts: readonly IndexedContract[];
  /** Null if the request failed. */
  readonly logs: Promise<readonly RawLog[] | null>;
}

/**
 * Requests the logs of an announced block. Returns null if the block has no bloom, if its bloom excludes logs of
 * the contracts, or if the level fetches logs with receipts.
 */
export function askEarly(
  settings: LogSettings,
  head: AnnouncedHead,
  contracts: readonly IndexedContract[],
): EarlyLogs | null {
  const { number, hash, logsBloom } = head;
  const { node, completeness, signal } = settings;
  if (completeness === 'receipts' || logsBloom === undefined) return null;
  if (!isWorthAsking(completeness, logsBloom, bitsOf(contracts))) return null;
  const logs = getLogsByBlockHash(node, [hash], filterOf(contracts), { signal }).then(
    (answers) => answers.flat(),
    // The regular request repeats this one, and reports its error.
    () => null,
  );
  return { block: { number, hash }, contracts, logs };
}

/**
 * With more addresses than this, a query filters by topics and the answer is filtered here, because nodes
 * limit the address list.
 */
const mostAddressesInQuery = 200;

/** The number of blocks whose receipts are in memory at once. */
const receiptsInFlight = 8;

/** Each block's receipts are one request, so a longer range would only delay the first result. */
const mostBlocksByReceipts = 100;

/** Returns the largest range, in blocks, that is worth requesting at once at a completeness level. */
export function mostBlocksInRange(completeness: CompletenessLevel): number {
  return completeness === 'receipts' ? mostBlocksByReceipts : Infinity;
}

/** Opens a range of final blocks. Throws the node's errors. */
export async function finalRange(settings: LogSettings, range: BlockRange): Promise<RangeSource> {
  const options = { signal: settings.signal };
  const headers = settings.completeness === 'logs' ? null : await getHeaders(settings.node, range, options);
  if (headers !== null) verifyHeadersChain(headers);
  return {
    range,
    headers,
    logs: async (contracts) =>
      headers !== null && settings.completeness === 'receipts'
        ? await logsByReceipts(settings, headers, contracts)
        : await fetchLogs(settings.node, range, filterOf(contracts), settings.ranges, options),
    headersOf: async (blockNumbers) => await getHeaders(settings.node, blockNumbers, options),
  };
}

/** Opens a range of blocks near the head, from headers that are already fetched and form one chain. */
export function headBlocks(
  settings: LogSettings,
  headers: readonly [BlockHeader, ...BlockHeader[]],
): RangeSource {
  const range = { from: headers[0].number, to: (headers.at(-1) ?? headers[0]).number };
  return {
    range,
    headers,
    logs: async (contracts) =>
      settings.completeness === 'receipts'
        ? await logsByReceipts(settings, headers, contracts)
        : await logsByHash(settings, headers, contracts),
    headersOf: async (blockNumbers) => headers.filter(({ number }) => blockNumbers.includes(number)),
  };
}

async function logsByHash(
  settings: LogSettings,
  headers: readonly BlockHeader[],
  contracts: readonly IndexedContract[],
): Promise<readonly RawLog[]> {
  const { node, completeness, early, signal } = settings;
  const bits = bitsOf(contracts);
  const hashes = headers
    .filter(({ logsBloom }) => isWorthAsking(completeness, logsBloom, bits))
    .map(({ hash }) => hash);
  const [only, ...others] = hashes;
  if (early && only === early.block.hash && others.length === 0 && areTheSame(early.contracts, contracts)) {
    const logs = await early.logs;
    if (logs !== null) return logs;
  }
  return (await getLogsByBlockHash(node, hashes, filterOf(contracts), { signal })).flat();
}

/**
 * A bloom that excludes every address replaces the request. Only at level `bloom` are the blooms known to be
 * sound.
 */
function isWorthAsking(completeness: CompletenessLevel, logsBloom: Hex, bits: readonly BloomBits[]): boolean {
  if (completeness !== 'bloom') return true;
  const bloom = bloomOf(logsBloom);
  return bits.some((one) => bloomMayContain(bloom, one));
}

function bitsOf(contracts: readonly IndexedContract[]): BloomBits[] {
  return contracts.map(({ address }) => bloomBitsOf(address));
}

function areTheSame(some: readonly IndexedContract[], others: readonly IndexedContract[]): boolean {
  return (
    some.length === others.length &&
    some.every(
      ({ address, kind }, index) => others[index]?.address === address && others[index]?.kind === kind,
    )
  );
}

/**
 * Returns the logs of these contracts from the receipts of every block, each block proven by its header's
 * receipts root. Keeps only the matching logs of a block, so memory holds the receipts of a few blocks for
 * any range length.
 */
async function logsByReceipts(
  { node, signal }: LogSettings,
  headers: readonly BlockHeader[],
  contracts: readonly IndexedContract[],
): Promise<RawLog[]> {
  const watched = watchAddresses(contracts.map(({ address }) => address));
  const first = Math.min(...contracts.map(({ startBlock }) => startBlock));
  const limit = pLimit(receiptsInFlight);
  const stop = new AbortController();
  const options = { signal: AbortSignal.any([signal, stop.signal]) };
  try {
    const logs = await Promise.all(
      headers
        .filter(({ number }) => number >= first)
        .map(
          async (header) =>
            await limit(async () => logsFromReceipts(await provenReceipts(node, header, options), watched)),
        ),
    );
    return logs.flat();
  } finally {
    // After a failure, the rest of the range is not requested.
    stop.abort();
  }
}

function filterOf(contracts: readonly IndexedContract[]): LogFilter {
  if (contracts.length <= mostAddressesInQuery) return { addresses: contracts.map(({ address }) => address) };
  return { topics: [topicsOf(contracts.map(({ kind }) => kind))] };
}
