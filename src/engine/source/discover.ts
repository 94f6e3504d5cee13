/** Contracts that announce themselves: the children that a factory's events tell of. */
import type { RawLog } from '../rpc/types.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import { announcedChild } from '../contract/decode-batch.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { Hash } from '../../primitives/hex.ts';

export interface DiscoveredContract {
  readonly contract: IndexedContract;
  readonly createdBlockHash: Hash;
  readonly createdLogIndex: number;
}

/**
 * The children that these logs announce and that aren't known yet. A child counts from the block that creates it: what it
 * emitted there, before its factory's own event, is its own history too.
 */
export function discoverChildren(logs: readonly RawLog[], known: ContractSet): DiscoveredContract[] {
  const discovered = new Map<string, DiscoveredContract>();
  for (const log of logs) {
    const child = announcedChild(log, known);
    if (child === null || known.get(child.address) !== undefined || discovered.has(child.address)) continue;
    discovered.set(child.address, {
      contract: child,
      createdBlockHash: log.blockHash,
      createdLogIndex: log.logIndex,
    });
  }
  return [...discovered.values()];
}
