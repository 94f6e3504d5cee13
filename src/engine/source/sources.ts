/**
 * Where blocks come from: a range query for what is final, block by block hash for what isn't. Near the head a number may
 * mean two blocks, and a lagging node answers a number that it hasn't reached with an empty list; a hash it either knows or refuses.
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

/** One node, and how it is asked: the same for logs, headers, receipts and reads. */
export interface FetchSettings {
  readonly node: ChainNode;
  readonly completeness: CompletenessLevel;
  /** What was learned of the node's limits. */
  readonly ranges: RangeMemory;
  readonly signal: AbortSignal;
  /** A longer answer of a contract read is kept as `oversized`. */
  readonly maximumReadBytes: number;
  /** Null asks call by call. */
  readonly multicall3: Address | null;
  /** Logs that are being asked for already. */
  readonly early?: EarlyLogs | null;
}

/** What headers and logs are asked for by, and proven. */
export type LogSettings = Omit<FetchSettings, 'maximumReadBytes' | 'multicall3'>;

/** A run of blocks as it can be asked for. */
export interface RangeSource {
  readonly range: BlockRange;
  /** Every block's header, ascending and linked; null at level `logs`, which doesn't fetch them. */
  readonly headers: readonly BlockHeader[] | null;
  /** The logs of these contracts in the range, in any order. */
  logs(contracts: readonly IndexedContract[]): Promise<readonly RawLog[]>;
  /** Headers of single blocks, for level `logs`. */
  headersOf(blockNumbers: readonly number[]): Promise<readonly BlockHeader[]>;
}

/** The logs of a block, asked for when it was announced, while it isn't known yet to be the node's head. */
export interface EarlyLogs {
  readonly block: BlockReference;
  readonly contracts: readonly IndexedContract[];
  /** Null where they didn't come. */
  readonly logs: Promise<readonly RawLog[] | null>;
}

/** Asks for the logs of an announced block; null where there are none by its bloom, or they come with receipts. */
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
    // Whoever needs them asks again, and gets to know why they don't come.
    () => null,
  );
  return { block: { number, hash }, contracts, logs };
}

/** With more addresses than this, a query names topics instead and the answer is filtered here: nodes bound the list. */
const mostAddressesInQuery = 200;

/** Blocks whose receipts are in memory at once. */
const receiptsInFlight = 8;

/** Every block's receipts are a request of their own: a longer range would only come later. */
const mostBlocksByReceipts = 100;

/** The most blocks that are worth asking for at once at a level. */
export function mostBlocksInRange(completeness: CompletenessLevel): number {
  return completeness === 'receipts' ? mostBlocksByReceipts : Infinity;
}

/** A range that is final. */
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

/** Blocks near the head, whose headers are at hand and form one chain. */
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

/** A bloom that excludes every address answers for the node; only at the level `bloom` are blooms known to be sound. */
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
 * The logs of these contracts from the receipts of every block, each block's proven by its header's root. Only what is wanted of a
 * block is kept, so memory holds the receipts of a few blocks whatever the range's length.
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
    // After a failure nothing of the range is asked for any more.
    stop.abort();
  }
}

function filterOf(contracts: readonly IndexedContract[]): LogFilter {
  if (contracts.length <= mostAddressesInQuery) return { addresses: contracts.map(({ address }) => address) };
  return { topics: [topicsOf(contracts.map(({ kind }) => kind))] };
}
