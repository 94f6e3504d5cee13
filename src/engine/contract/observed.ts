/** Observations among the decoded events: of a contract, after the logs of their block, and of no transaction. */
import { type Address, type Hash, toHash } from '../../primitives/hex.ts';
import { type ChainEvent, TransactionEvents } from './events.ts';
import type { EventBlock, IndexedContract } from './kind.ts';

/** No ABI can have an event of this name: Solidity's names have no hyphen. */
export const observedEvent = 'state-observed';

/** What a contract was seen to say; what of it is whose, the projections know. */
export interface ObservedState {
  readonly address: Address;
  readonly tableId: number;
  readonly recordId: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Higher than any log's position in its block: an observation comes after all of them. */
const firstObservationIndex = 1_000_000_000;

const noTransaction: Hash = toHash(`0x${'0'.repeat(64)}`);

export function observationEvent(
  state: ObservedState,
  position: number,
  block: EventBlock,
  contract: IndexedContract,
): ChainEvent {
  const { tableId, recordId, values, address } = state;
  return {
    kind: contract.kind,
    name: observedEvent,
    args: { tableId, recordId, values },
    log: {
      blockNumber: block.number,
      blockHash: block.hash,
      transactionHash: noTransaction,
      transactionIndex: 0,
      logIndex: firstObservationIndex + position,
      address,
      topics: [],
      data: '0x',
    },
    block,
    contract,
    transaction: new TransactionEvents(),
    answer: undefined,
  };
}
