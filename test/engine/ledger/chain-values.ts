/** Blocks, logs and reads of an imaginary chain. */
import { hash } from 'node:crypto';
import type { BlockHeader, RawLog } from '../../../src/engine/rpc/types.ts';
import type { BlockWithLogs } from '../../../src/engine/ledger/batch.ts';
import type { AppendedBatch } from '../../../src/engine/ledger/blocks.ts';
import { toAddress, toHash, toHex } from '../../../src/primitives/hex.ts';
import type { BlockRange } from '../../../src/primitives/interval.ts';

export const chainId = 31337;

/** A hash derived from a name. */
export const hashOf = (name: string) => toHash(`0x${hash('sha256', name, 'hex')}`);
export const addressOf = (name: string) => toAddress(`0x${hash('sha256', name, 'hex').slice(0, 40)}`);

export const blockHash = (number: number, branch = '') => hashOf(`block ${number}${branch}`);
export const reference = (number: number) => ({ number, hash: blockHash(number) });

export function header(number: number, branch = ''): BlockHeader {
  return {
    number,
    hash: blockHash(number, branch),
    parentHash: blockHash(number - 1, branch),
    timestamp: 1_700_000_000n + BigInt(number),
    logsBloom: toHex(`0x${'00'.repeat(256)}`),
    receiptsRoot: hashOf(`receipts ${number}`),
    stateRoot: hashOf(`state ${number}`),
  };
}

export function log(blockNumber: number, logIndex: number, overrides: Partial<RawLog> = {}): RawLog {
  return {
    blockNumber,
    blockHash: blockHash(blockNumber),
    transactionHash: hashOf(`transaction ${blockNumber} ${logIndex >> 1}`),
    transactionIndex: logIndex >> 1,
    logIndex,
    address: addressOf('token'),
    topics: [hashOf('Transfer'), hashOf('from'), hashOf('to')],
    data: toHex(`0x${'ab'.repeat(32)}`),
    ...overrides,
  };
}

/** A block with the given number of logs. */
export function block(number: number, logCount: number): BlockWithLogs {
  return {
    header: header(number),
    logs: Array.from({ length: logCount }, (_, index) => log(number, index)),
  };
}

/** Consecutive blocks with the numbers of logs that `logCount` contains. */
export function blocks(range: BlockRange, logCount: (number: number) => number): AppendedBatch {
  const numbers = Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index);
  return {
    chainId,
    range,
    completeness: 'bloom',
    blocks: numbers.map((number) => block(number, logCount(number))),
    reads: [],
  };
}
