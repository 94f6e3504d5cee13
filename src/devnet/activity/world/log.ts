/** Logs in the form that the world uses. */
import { decodeEventLog, toEventSelector } from 'viem';
import type { Abi, DecodeEventLogReturnType } from 'viem';
import type { Address, Hash, Hex } from '../../../primitives/hex.ts';
import type { abis, FixtureKind } from '../contracts.ts';

export interface ChainLog {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Hex;
  readonly blockNumber: number;
  /** Unix seconds. */
  readonly blockTimestamp: bigint;
}

/** The place and time of an event. */
export type EventPlace = Pick<ChainLog, 'address' | 'blockNumber' | 'blockTimestamp'>;

export type EventOf<Kind extends FixtureKind> = DecodeEventLogReturnType<(typeof abis)[Kind]>;

/** Decodes a log by its contract's ABI; undefined if the ABI has no such event. */
export function decodeLog<const ContractAbi extends Abi>(
  abi: ContractAbi,
  log: ChainLog,
): DecodeEventLogReturnType<ContractAbi> | undefined {
  const isKnown = topicsOf(abi).has(log.topics[0] ?? '0x');
  if (!isKnown) return undefined;
  return decodeEventLog({ abi, topics: [...log.topics] as [Hash, ...Hash[]], data: log.data });
}

const topicsByAbi = new WeakMap<Abi, ReadonlySet<string>>();

function topicsOf(abi: Abi): ReadonlySet<string> {
  const known = topicsByAbi.get(abi);
  if (known !== undefined) return known;
  const topics = new Set<string>(
    abi.flatMap((entry) => (entry.type === 'event' ? [toEventSelector(entry)] : [])),
  );
  topicsByAbi.set(abi, topics);
  return topics;
}
