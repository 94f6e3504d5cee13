/**
 * Checks a node's logs against the headers, and fetches receipts if a bloom shows that logs may be missing.
 */
import {
  logsFromReceipts,
  verifyBlockLogs,
  verifyReceiptsBloom,
  watchAddresses,
  type WatchedAddresses,
} from '../chain/completeness.ts';
import { InconsistentAnswerError } from '../rpc/errors.ts';
import { getBlockReceipts } from '../chain/receipts.ts';
import type { BlockHeader, RawLog } from '../rpc/types.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { LogSettings, RangeSource } from './sources.ts';

type ProofSettings = Pick<LogSettings, 'node' | 'completeness' | 'signal'>;

/**
 * Returns the logs of these contracts in the range, in order within each block. Adds logs that the node left
 * out from the block's receipts. Throws InconsistentAnswerError if the answer contradicts the headers.
 */
export async function proveComplete(
  settings: ProofSettings,
  source: Pick<RangeSource, 'range' | 'headers'>,
  contracts: readonly IndexedContract[],
  answered: readonly RawLog[],
): Promise<RawLog[]> {
  const startBlocks = new Map(contracts.map(({ address, startBlock }) => [address, startBlock]));
  const wanted = answered.filter((log) => (startBlocks.get(log.address) ?? Infinity) <= log.blockNumber);
  const byBlock = Map.groupBy(wanted, (log) => log.blockNumber);
  if (source.headers === null) return [...byBlock.values()].flatMap(inOrder);
  refuseStrayBlocks(byBlock, source.range);
  const watchedAt = watchedByBlock(contracts, source.range);
  const proven: (readonly RawLog[])[] = [];
  for (const header of source.headers) {
    const logs = inOrder(byBlock.get(header.number) ?? []);
    proven.push(await provenBlock(settings, header, logs, watchedAt(header.number)));
  }
  return proven.flat();
}

async function provenBlock(
  settings: ProofSettings,
  header: BlockHeader,
  logs: readonly RawLog[],
  watched: WatchedAddresses,
): Promise<readonly RawLog[]> {
  if (verifyBlockLogs(header, logs, watched, settings.completeness) === 'complete') return logs;
  const receipts = await getBlockReceipts(settings.node, header, { signal: settings.signal });
  verifyReceiptsBloom(header, receipts);
  const complete = logsFromReceipts(receipts, watched);
  const known = new Set(complete.map(({ logIndex }) => logIndex));
  const stray = logs.find(({ logIndex }) => !known.has(logIndex));
  if (stray !== undefined) {
    throw new InconsistentAnswerError('The log isn’t in the receipts of its block', {
      blockNumber: header.number,
      blockHash: header.hash,
      logIndex: stray.logIndex,
      address: stray.address,
    });
  }
  return complete;
}

function refuseStrayBlocks(byBlock: ReadonlyMap<number, readonly RawLog[]>, range: BlockRange): void {
  for (const blockNumber of byBlock.keys()) {
    if (blockNumber >= range.from && blockNumber <= range.to) continue;
    throw new InconsistentAnswerError(
      `The node answered with a log of block ${blockNumber}, outside ${range.from} to ${range.to}`,
      {
        blockNumber,
      },
    );
  }
}

/**
 * Returns the watched addresses per block. A contract created inside the range is watched from that block
 * only.
 */
function watchedByBlock(
  contracts: readonly IndexedContract[],
  range: BlockRange,
): (blockNumber: number) => WatchedAddresses {
  const all = watchAddresses(contracts.map(({ address }) => address));
  if (contracts.every(({ startBlock }) => startBlock <= range.from)) return () => all;
  return (blockNumber) =>
    new Map(
      [...all].filter(([address]) =>
        contracts.some((one) => one.address === address && one.startBlock <= blockNumber),
      ),
    );
}

function inOrder(logs: readonly RawLog[]): RawLog[] {
  return logs.toSorted((left, right) => left.logIndex - right.logIndex);
}
