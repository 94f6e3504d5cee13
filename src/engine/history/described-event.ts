/** A description of an event, for output to people and programs. */
import type { ContractSet } from '../contract/contract-set.ts';
import type { ChainEvent } from '../contract/events.ts';
import type { RawLog } from '../rpc/types.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import type { TracedRead } from './trace-block.ts';

export interface DescribedEvent {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  /** ISO 8601, or null if the timestamp is beyond the range of dates. */
  readonly blockTime: string | null;
  readonly transactionHash: Hash;
  readonly logIndex: number;
  readonly contract: Address;
  readonly kind: string | null;
  /** Null if no known ABI has the log's topic, or if the log does not decode. */
  readonly name: string | null;
  /** Null if the log does not decode. */
  readonly args: Readonly<Record<string, unknown>> | null;
  readonly topics: readonly Hash[];
  readonly data: Hex;
  readonly reads: readonly TracedRead[];
}

/** Describes a decoded event, with the contract reads that it used. */
export function describeEvent(event: ChainEvent, reads: readonly TracedRead[]): DescribedEvent {
  return {
    ...describeLog(event.log, event.block.timestamp),
    kind: event.kind,
    name: event.name,
    args: event.args,
    reads,
  };
}

/** Describes a log that yields no event, such as one that no longer decodes. */
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

/** Converts seconds since 1970 to ISO 8601. Returns null if the value is beyond the range of dates. */
export function isoTime(seconds: bigint): string | null {
  return seconds > lastDateSeconds ? null : new Date(Number(seconds) * 1000).toISOString();
}
