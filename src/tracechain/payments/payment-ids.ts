/** The ids of a payment contract's rows. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import { entityId, leafId, type Uuid } from '../../primitives/ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

export function paymentId(event: Event, number: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: event.log.address, table: 'payment_contracts', number });
}

/** Milestones are numbered in each payment anew. */
export function milestoneId(event: Event, payment: bigint, number: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({
    chainId,
    contract: event.log.address,
    table: 'payment_milestones',
    number: payment,
    parts: [number],
  });
}

export function disputeId(event: Event, number: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: event.log.address, table: 'payment_disputes', number });
}

/**
 * A movement of escrowed money: by the `Transfer` that moved it, or by the payment contract's own log where none tells. A
 * `Transfer` therefore makes one row at most, and that row says whether it is spoken for.
 */
export function escrowTransactionId(event: Pick<ChainEvent, 'block'>, logIndex: number): Uuid {
  const { chainId, hash: blockHash, timestamp } = event.block;
  return leafId({ chainId, table: 'escrow_transactions', blockHash, logIndex }, timestamp);
}
