/** An event as it is told to a person or a program. */
import type { ContractSet } from '../contract/contract-set.ts';
import type { ChainEvent } from '../contract/events.ts';
import type { RawLog } from '../rpc/types.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import type { TracedRead } from './trace-block.ts';

export interface DescribedEvent {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  /** ISO 8601; null past the calendar. */
  readonly blockTime: string | null;
  readonly transactionHash: Hash;
  readonly logIndex: number;
  readonly contract: Address;
  readonly kind: string | null;
  /** Null where no ABI of ours knows the log, or it doesn't decode. */
  readonly name: string | null;
  /** Null where it doesn't decode. */
  readonly args: Readonly<Record<string, unknown>> | null;
  readonly topics: readonly Hash[];
  readonly data: Hex;
  readonly reads: readonly TracedRead[];
}

export function describeEvent(event: ChainEvent, reads: readonly TracedRead[]): DescribedEvent {
  return {
    ...describeLog(event.log, event.block.timestamp),
    kind: event.kind,
    name: event.name,
    args: event.args,
    reads,
  };
}

/** A log that is no event, or of which nobody knows any more what it was. */
export function describeLog(
  log: RawLog,
  blockTimestamp: bigint | null,
  contracts: ContractSet | null = null,
): DescribedEvent {
  return {
    blockNumber: log.blockNumber,
    blockHash: log.blockHash,
    blockTime: blockTimestamp === null ? null : isoTime(blockTimestamp),
    transactionHash: log.transactionHash,
    logIndex: log.logIndex,
    contract: log.address,
    kind: contracts?.get(log.address)?.kind ?? null,
    name: null,
    args: null,
    topics: log.topics,
    data: log.data,
    reads: [],
  };
}

const lastDateSeconds = 8_640_000_000_000n;

export function isoTime(seconds: bigint): string | null {
  return seconds > lastDateSeconds ? null : new Date(Number(seconds) * 1000).toISOString();
}
