/** The set of indexed contracts, by address. */
import type { Address } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { IndexedContract } from './kind.ts';

/** Immutable: adding contracts creates a new set. */
export class ContractSet implements Iterable<IndexedContract> {
  readonly #byAddress: ReadonlyMap<Address, IndexedContract>;

  /** The first contract of an address wins, so a factory cannot replace a known contract. */
  constructor(contracts: Iterable<IndexedContract>) {
    const byAddress = new Map<Address, IndexedContract>();
    for (const contract of contracts) {
      if (!byAddress.has(contract.address)) byAddress.set(contract.address, contract);
    }
    this.#byAddress = byAddress;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  [Symbol.iterator](): Iterator<IndexedContract> {
    return this.#byAddress.values();
  }

  get(address: Address): IndexedContract | undefined {
    return this.#byAddress.get(address);
  }

  /** The contract at the address, if it is indexed at that block. */
  at(address: Address, blockNumber: number): IndexedContract | undefined {
    const contract = this.#byAddress.get(address);
    return contract !== undefined && blockNumber >= contract.startBlock ? contract : undefined;
  }

  /** The contracts that are indexed in at least one block of the range. */
  activeIn(range: BlockRange): IndexedContract[] {
    return [...this].filter(({ startBlock }) => startBlock <= range.to);
  }

  /** The first indexed block of any contract, or 0 if the set is empty. */
  firstBlock(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { startBlock } of this) first = Math.min(first, startBlock);
    return Number.isFinite(first) ? first : 0;
  }

  with(contracts: readonly IndexedContract[]): ContractSet {
    return contracts.length === 0 ? this : new ContractSet([...this, ...contracts]);
  }
}
