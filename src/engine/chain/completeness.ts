/**
 * Checks that a node's response contains all logs, as far as the configured level proves it (see `CompletenessLevel`). Pure functions from
 * headers and logs to a verdict. They throw an InconsistentAnswerError if nothing of the response may be stored.
 */
import { InvariantError } from '../../primitives/errors.ts';
import { bytesToHex } from '../../primitives/hex.ts';
import { RecentValues } from '../../primitives/recent-values.ts';
import { addToBloom, bloomBitsOf, bloomMayContain, bloomOf, emptyBloom } from './bloom.ts';
import { InconsistentAnswerError } from '../rpc/errors.ts';
import type { Address, Hex } from '../../primitives/hex.ts';
import type { BloomBits } from './bloom.ts';
import type {
  BlockHeader,
  BlockReference,
  CompletenessLevel,
  RawLog,
  TransactionReceipt,
} from '../rpc/types.ts';

/** The addresses whose logs are indexed, with their bloom bits. */
export type WatchedAddresses = ReadonlyMap<Address, BloomBits>;

/** Precomputes the bloom bits of the indexed addresses. */
export function watchAddresses(addresses: Iterable<Address>): WatchedAddresses {
  return new Map(Array.from(addresses, (address) => [address, bloomBitsOf(address)]));
}

/** `needs-receipts`: the bloom admits a watched address of which no logs came, so the block's receipts must decide. */
export type Verdict = 'complete' | 'needs-receipts';

/**
 * Throws unless the block numbers are consecutive and each header names the previous one as its parent. `previous` is the block before the
 * first header.
 */
export function verifyHeadersChain(headers: readonly BlockHeader[], previous?: BlockReference): void {
  let parent = previous;
  for (const header of headers) {
    if (parent !== undefined && header.number !== parent.number + 1) {
      throw new InconsistentAnswerError(
        `Block ${header.number} was answered after block ${parent.number}`,
        placeOf(header),
      );
    }
    if (parent !== undefined && header.parentHash !== parent.hash) {
      throw new InconsistentAnswerError(
        `Block ${header.number} has the parent ${header.parentHash}, not ${parent.hash}`,
        placeOf(header),
      );
    }
    parent = header;
  }
}

/**
 * Checks the logs of one block: they must be those of the watched addresses, in log order. The level `logs` checks only that they belong to
 * the block; `hash` additionally relies on the verified headers; `bloom` checks the header's bloom; `receipts` expects logs from proven
 * receipts (`provenReceipts`), which make the bloom check redundant.
 */
export function verifyBlockLogs(
  header: BlockReference & Partial<Pick<BlockHeader, 'logsBloom'>>,
  logs: readonly RawLog[],
  watched: WatchedAddresses,
  level: CompletenessLevel,
): Verdict {
  verifyIdentity(header, logs, watched);
  if (level !== 'bloom') return 'complete';
  if (header.logsBloom === undefined) {
    throw new InvariantError('the level bloom needs the header’s bloom', { place: placeOf(header) });
  }
  const bloom = bloomOf(header.logsBloom);
  verifyInBloom(header, bloom, logs);
  const answered = new Set(logs.map(({ address }) => address));
  for (const [address, bits] of watched) {
    if (!answered.has(address) && bloomMayContain(bloom, bits)) return 'needs-receipts';
  }
  return 'complete';
}

/**
 * Throws unless the logs of all receipts produce exactly the header's bloom. This detects receipts of another block, and receipts without a
 * log that alone sets one of the bits.
 */
export function verifyReceiptsBloom(header: BlockHeader, receipts: readonly TransactionReceipt[]): void {
  const bloom = emptyBloom();
  for (const { logs } of receipts) {
    for (const { address, topics } of logs) {
      addToBloom(bloom, knownBits(address));
      for (const topic of topics) addToBloom(bloom, knownBits(topic));
    }
  }
  if (bytesToHex(bloom) === header.logsBloom) return;
  throw new InconsistentAnswerError(
    `The receipts of block ${header.number} do not produce the bloom of its header`,
    placeOf(header),
  );
}

/** The watched addresses' logs, selected from all receipts of a block, in log order. */
export function logsFromReceipts(
  receipts: readonly TransactionReceipt[],
  watched: WatchedAddresses,
): RawLog[] {
  return receipts.flatMap(({ logs }) => logs.filter(({ address }) => watched.has(address)));
}

function verifyIdentity(block: BlockReference, logs: readonly RawLog[], watched: WatchedAddresses): void {
  let lastIndex = -1;
  for (const log of logs) {
    const wrong = whatIsWrong(block, log, watched, lastIndex);
    if (wrong !== undefined) throw new InconsistentAnswerError(wrong, placeOfLog(log));
    lastIndex = log.logIndex;
  }
}

function whatIsWrong(
  block: BlockReference,
  log: RawLog,
  watched: WatchedAddresses,
  lastIndex: number,
): string | undefined {
  if (log.blockNumber !== block.number || log.blockHash !== block.hash) {
    return `The log is of block ${log.blockNumber} (${log.blockHash}), not of ${block.number} (${block.hash})`;
  }
  if (!watched.has(log.address)) return `The log is from ${log.address}, which was not requested`;
  if (log.logIndex === lastIndex) return `The log ${log.logIndex} came twice`;
  if (log.logIndex < lastIndex) return `The log ${log.logIndex} came after the log ${lastIndex}`;
  return undefined;
}

function verifyInBloom(block: BlockReference, bloom: Uint8Array, logs: readonly RawLog[]): void {
  let previous: RawLog | undefined;
  for (const log of logs) {
    // Consecutive logs usually have the same emitter and event, so their check is skipped.
    if (log.address !== previous?.address) requireInBloom(block, bloom, log, log.address);
    for (const [position, topic] of log.topics.entries())
      if (topic !== previous?.topics[position]) requireInBloom(block, bloom, log, topic);
    previous = log;
  }
}

function requireInBloom(block: BlockReference, bloom: Uint8Array, log: RawLog, value: Hex): void {
  if (bloomMayContain(bloom, knownBits(value))) return;
  throw new InconsistentAnswerError(
    `The log is not in the bloom of block ${block.number}`,
    placeOfLog(log),
    'Use another node. If all nodes give this result, this chain’s blooms are empty: configure the level hash.',
  );
}

/** Addresses, first topics and ids repeat, and keccak, at several microseconds, dominates the cost of the check. */
const recentBits = new RecentValues<Hex, BloomBits>(50_000);

function knownBits(value: Hex): BloomBits {
  return recentBits.get(value, bloomBitsOf);
}

function placeOf({ number, hash }: BlockReference) {
  return { blockNumber: number, blockHash: hash };
}

function placeOfLog({ blockNumber, blockHash, transactionHash, logIndex, address }: RawLog) {
  return { blockNumber, blockHash, transactionHash, logIndex, address };
}
