/**
 * Observations as events. An observation belongs to a contract and a block, comes after the block's logs, and belongs to no transaction.
 */
import { type Address, type Hash, toHash } from '../../primitives/hex.ts';
import { type ChainEvent, TransactionEvents } from './events.ts';
import type { EventBlock, IndexedContract } from './kind.ts';

/** No ABI event can have this name, because Solidity identifiers contain no hyphen. */
export const observedEvent = 'state-observed';

/** Contract state observed at a block. The projections interpret it. */
export interface ObservedState {
  readonly address: Address;
  readonly tableId: number;
  readonly recordId: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Higher than any log index in a block, so that observations come after all logs. */
const firstObservationIndex = 1_000_000_000;

const noTransaction: Hash = toHash(`0x${'0'.repeat(64)}`);

/** Converts an observation to an event of `observedEvent`. */
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
