/** The ids of a payment contract's rows. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import { entityId, leafId, type Uuid } from '../../primitives/ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

/** Returns the id of a payment of the contract that emitted the event. */
export function paymentRowId(event: Event, number: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: event.log.address, table: 'payment_contracts', number });
}

/** Returns the id of a milestone. Milestone numbers are unique per payment only. */
export function milestoneRowId(event: Event, payment: bigint, number: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({
    chainId,
    contract: event.log.address,
    table: 'payment_milestones',
    number: payment,
    parts: [number],
  });
}

/** Returns the id of a dispute of the contract that emitted the event. */
export function disputeRowId(event: Event, number: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: event.log.address, table: 'payment_disputes', number });
}

/**
 * Returns the id of a movement of escrowed money: by the `Transfer` that moved it, or by the payment
 * contract's own log if there is none. A `Transfer` therefore makes at most one row, whose existence shows
 * that the transfer is assigned.
 */
export function escrowTransactionId(event: Pick<ChainEvent, 'block'>, logIndex: number): Uuid {
  const { chainId, hash: blockHash, timestamp } = event.block;
  return leafId({ chainId, table: 'escrow_transactions', blockHash, logIndex }, timestamp);
}
