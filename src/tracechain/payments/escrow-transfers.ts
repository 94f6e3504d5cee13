/**
 * Finds the ERC-20 `Transfer`s of a transaction that move escrowed money, and assigns them to events.
 *
 * The interface does not define whether a contract pays before or after its event, and one transaction may
 * settle several payments. So a transfer is matched by its parties, then by its amount, then by its distance
 * from the event.
 */
import type { ChainEvent, TransactionEvents } from '../../engine/contract/events.ts';
import type { Entity, Load } from '../../engine/projection/entity.ts';
import type { Address } from '../../primitives/hex.ts';
import { userId, type Uuid } from '../../primitives/ids.ts';
import { escrowTransactionId } from './payment-ids.ts';

/** A transfer of an indexed token into a payment contract, or out of it. */
export interface EscrowTransfer {
  readonly contract: Address;
  readonly direction: 'in' | 'out';
  /** The user on the other side. */
  readonly party: Uuid;
  readonly token: Address;
  readonly amountWei: bigint;
  readonly logIndex: number;
  /** The row of this transfer; it exists if an event has claimed the transfer. */
  readonly movement: Entity<'escrowTransactions'>;
}

/**
 * Names the transfers from and to the payment contracts with events in a transaction, in log order; for
 * `Load.once`.
 */
export function escrowTransfersIn(transaction: TransactionEvents, load: Load): readonly EscrowTransfer[] {
  const { events } = transaction;
  const contracts = new Set(
    events.filter(({ kind }) => kind === 'PaymentContract').map(({ log }) => log.address),
  );
  return transaction.of('TraceToken', 'Transfer').flatMap((event) => {
    const { from, to, value: amountWei } = event.args;
    if (!contracts.has(from) && !contracts.has(to)) return [];
    const { address: token, logIndex } = event.log;
    const movement = load.one('escrowTransactions', escrowTransactionId(event, logIndex));
    const moved = { token, amountWei, logIndex, movement };
    const transfers: EscrowTransfer[] = [];
    if (contracts.has(to)) transfers.push({ contract: to, direction: 'in', party: userId(from), ...moved });
    if (contracts.has(from))
      transfers.push({ contract: from, direction: 'out', party: userId(to), ...moved });
    return transfers;
  });
}

/**
 * Returns the tokens with transfers in a transaction, which are therefore indexed; for
 * `TransactionEvents.derive`.
 */
export function tokensMovedIn(events: readonly ChainEvent[]): ReadonlySet<Address> {
  const transfers = events.filter(({ kind, name }) => kind === 'TraceToken' && name === 'Transfer');
  return new Set(transfers.map(({ log }) => log.address));
}

/** Returns the last transfer before a log, else the first one after it. `transfers` must be in log order. */
export function nearestTransfer(
  transfers: readonly EscrowTransfer[],
  logIndex: number,
): EscrowTransfer | null {
  const before = transfers.findLast((transfer) => transfer.logIndex < logIndex);
  return before ?? transfers.find((transfer) => transfer.logIndex > logIndex) ?? null;
}

/** Returns the transfers that no other event of the same payment contract separates from the given one. */
export function transfersBeside(
  transfers: readonly EscrowTransfer[],
  event: Pick<ChainEvent, 'log' | 'transaction'>,
): EscrowTransfer[] {
  const { address, logIndex } = event.log;
  const own = event.transaction.events.filter(({ log }) => log.address === address);
  const previous = own.findLast(({ log }) => log.logIndex < logIndex)?.log.logIndex ?? -1;
  const next = own.find(({ log }) => log.logIndex > logIndex)?.log.logIndex ?? Infinity;
  return transfers.filter((transfer) => transfer.logIndex > previous && transfer.logIndex < next);
}
