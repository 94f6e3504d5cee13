/** Logs as a node returns them. The completeness checks detect missing logs. */
import { InconsistentAnswerError } from '../rpc/errors.ts';
import { resultOf } from '../rpc/node.ts';
import { parseLogs } from '../rpc/parse.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import type { RawLog } from '../rpc/types.ts';

export interface LogFilter {
  /** Undefined matches any address; an empty list matches none. */
  readonly addresses?: readonly Address[];
  /** One element per topic position: null matches any topic, a list matches any of its members. */
  readonly topics?: readonly (Hash | readonly Hash[] | null)[];
}

/**
 * Returns the logs of a range in chain order, in one request. The caller must respect the node's limits and its head: a node returns no
 * logs for blocks that it does not have yet. `range-fetcher` splits ranges.
 */
export async function getLogs(
  node: ChainNode,
  range: BlockRange,
  filter: LogFilter,
  options?: RequestOptions,
): Promise<RawLog[]> {
  if (matchesNothing(filter)) return [];
  const fromBlock = `0x${range.from.toString(16)}`;
  const toBlock = `0x${range.to.toString(16)}`;
  const answer = await node.request(
    'eth_getLogs',
    [{ fromBlock, toBlock, ...parametersOf(filter) }],
    options,
  );
  const logs = parseLogs(answer);
  for (const log of logs) {
    if (log.blockNumber < range.from || log.blockNumber > range.to) {
      throw new InconsistentAnswerError(
        `The node answered with a log from outside blocks ${range.from} to ${range.to}`,
        placeOf(log),
      );
    }
  }
  return inOrderOnce(logs);
}

/**
 * Returns the logs of each of these blocks, selected by block hash. If a node does not have a block, it returns an error instead of an
 * empty list. Sends as few HTTP requests as the node's batch size allows.
 */
export async function getLogsByBlockHash(
  node: ChainNode,
  blockHashes: readonly Hash[],
  filter: LogFilter,
  options?: RequestOptions,
): Promise<RawLog[][]> {
  if (matchesNothing(filter)) return blockHashes.map(() => []);
  const parameters = parametersOf(filter);
  const requests = blockHashes.map((blockHash) => ({
    method: 'eth_getLogs',
    params: [{ blockHash, ...parameters }],
  }));
  const answers = await node.requestBatch(requests, options);
  return blockHashes.map((blockHash, index) => {
    const logs = parseLogs(resultOf(answers[index]));
    const stray = logs.find((log) => log.blockHash !== blockHash);
    if (stray !== undefined) {
      throw new InconsistentAnswerError(
        `The node answered with a log of another block than ${blockHash}`,
        placeOf(stray),
      );
    }
    return inOrderOnce(logs);
  });
}

function matchesNothing(filter: LogFilter): boolean {
  // Nodes interpret an empty list of addresses as "any address".
  return filter.addresses?.length === 0;
}

function parametersOf({ addresses, topics }: LogFilter): object {
  return {
    ...(addresses === undefined ? {} : { address: addresses }),
    ...(topics === undefined ? {} : { topics }),
  };
}

/** Sorts the logs into chain order. Throws on a duplicate log: at the level `logs` no other check would detect it. */
function inOrderOnce(logs: RawLog[]): RawLog[] {
  logs.sort(inChainOrder);
  for (const [index, log] of logs.entries()) {
    const before = logs[index - 1];
    if (before !== undefined && inChainOrder(before, log) === 0)
      throw new InconsistentAnswerError(`The node answered with the log ${log.logIndex} twice`, placeOf(log));
  }
  return logs;
}

function inChainOrder(a: RawLog, b: RawLog): number {
  return a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;
}

function placeOf({ blockNumber, blockHash, transactionHash, logIndex }: RawLog) {
  return { blockNumber, blockHash, transactionHash, logIndex };
}
