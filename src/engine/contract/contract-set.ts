/** The contracts that are indexed, by address. */
import type { Address } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { IndexedContract } from './kind.ts';

/** Immutable; a set that knows more is another set. */
export class ContractSet implements Iterable<IndexedContract> {
  readonly #byAddress: ReadonlyMap<Address, IndexedContract>;

  /** The first contract of an address stays: a factory can't take over a contract that is known. */
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

  /** The contract whose log this is, where the log's block counts for it. */
  at(address: Address, blockNumber: number): IndexedContract | undefined {
    const contract = this.#byAddress.get(address);
    return contract !== undefined && blockNumber >= contract.startBlock ? contract : undefined;
  }

  /** The contracts of which some block of the range counts. */
  activeIn(range: BlockRange): IndexedContract[] {
    return [...this].filter(({ startBlock }) => startBlock <= range.to);
  }

  /** The first block that counts for any contract; 0 where there is none. */
  firstBlock(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { startBlock } of this) first = Math.min(first, startBlock);
    return Number.isFinite(first) ? first : 0;
  }

  with(contracts: readonly IndexedContract[]): ContractSet {
    return contracts.length === 0 ? this : new ContractSet([...this, ...contracts]);
  }
}
