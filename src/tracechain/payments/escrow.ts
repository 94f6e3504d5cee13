/**
 * `escrow_transactions`: exactly one row per movement of escrowed money. If the payment token is indexed, its
 * `Transfer`s determine the movements, otherwise the payment's own amounts do.
 */
import { weiToDecimal } from '../../db/codecs.ts';
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import {
  type EscrowTransfer,
  escrowTransfersIn,
  nearestTransfer,
  tokensMovedIn,
  transfersBeside,
} from './escrow-transfers.ts';
import { escrowTransactionId } from './payment-ids.ts';
import { lookup } from '../../engine/projection/lookup.ts';
import type { Entity, Found, Load, NewRow, Write } from '../../engine/projection/entity.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Payment = ChainRow<'paymentContracts'>;
export type PayoutKind = 'release' | 'refund';

/** All movements of a payment. */
export const movementsOf = lookup('escrowTransactions', ['paymentContractId']);

/** A payment's deposit, from its creation. */
export interface Deposit {
  readonly payer: Uuid | null;
  /** Without the platform's fee, which is deposited as well. */
  readonly amountWei: bigint;
  /** The payment token; null if unknown. */
  readonly token: Address | null;
}

/** The transfers of an event's transaction that move escrowed money, in log order. */
export type EscrowTransfers = readonly EscrowTransfer[];

/** Names the escrow transfers of an event's transaction. */
export function escrowTransfersOf({ transaction }: Event, load: Load): EscrowTransfers {
  return load.once(transaction, escrowTransfersIn);
}

/** Returns the transfer that deposited a payment's money, fee included; null if there is none. */
export function depositTransfer(
  created: Event,
  escrowTransfers: EscrowTransfers,
  deposit: Deposit,
): EscrowTransfer | null {
  const { payer, amountWei, token } = deposit;
  const transfers = unclaimedTransfers(created, escrowTransfers, token, 'in', payer);
  return nearestTransfer(
    transfers.filter((transfer) => transfer.amountWei >= amountWei),
    created.log.logIndex,
  );
}

/** Makes the deposit's row. Without a transfer, makes one only if the token's transfers are not indexed. */
export function insertDeposit(
  created: Event,
  escrowTransfers: EscrowTransfers,
  paymentContractId: Uuid,
  deposit: Deposit,
  transfer: EscrowTransfer | null,
  write: Write,
): void {
  if (
    transfer === null &&
    (deposit.amountWei === 0n || isTokenMovedIn(created, escrowTransfers, deposit.token))
  )
    return;
  insertMovement(created, transfer, write, {
    paymentContractId,
    kind: 'deposit',
    milestoneId: null,
    amount: transfer?.amountWei ?? deposit.amountWei,
    releasedAt: null,
    releasedBy: null,
    metadata: null,
  });
}

/** Makes the row of a movement, identified by its transfer, or by the payment contract's event without one. */
function insertMovement(
  event: Event,
  transfer: EscrowTransfer | null,
  write: Write,
  values: NewRow<'escrowTransactions'>,
): void {
  if (transfer !== null) transfer.movement.insert(values, event);
  else write.insert('escrowTransactions', escrowTransactionId(event, event.log.logIndex), values, event);
}

/** Money that leaves the escrow, from the payment contract's event. */
export interface Payout {
  /**
   * A release goes to the seller, a refund to the buyer. If the event does not determine the kind, both, the
   * likelier one first.
   */
  readonly kinds: readonly [PayoutKind, ...PayoutKind[]];
  readonly milestoneId: bigint | null;
  /** Null for the whole remaining amount. */
  readonly amountWei: bigint | null;
  /**
   * Whether this closes the payment, so that a release also pays the platform's fee and a refund returns the
   * fee to the payer.
   */
  readonly isLast: boolean;
  readonly releasedBy: Uuid | null;
  /** The reason given at the cancellation. */
  readonly reason: string | null;
}

/** The rows that a payout reads. */
export interface Escrow {
  readonly transfers: EscrowTransfers;
  /** All movements of the payment. */
  readonly movements: Found<'escrowTransactions'>;
}

/** Names the rows that a payout of a payment reads. */
export function escrowOf(event: Event, payment: Entity<'paymentContracts'>, load: Load): Escrow {
  return {
    transfers: escrowTransfersOf(event, load),
    movements: load.many(movementsOf, [payment.id]),
  };
}

/** Adds the row of a payout if money moved. Returns its kind, or null if nothing moved. */
export function payOut(
  event: Event,
  escrow: Escrow,
  payment: Payment,
  payout: Payout,
  write: Write,
): PayoutKind | null {
  const { transfers } = escrow;
  const held = heldAmount(escrow, payment);
  const due = payout.amountWei === null || payout.amountWei > held ? held : payout.amountWei;
  if (due === 0n) return null;
  const found = payoutTransfer(event, transfers, payment, payout, due);
  if (found === null && isTokenIndexed(event, transfers, payment)) return null;
  const kind = found?.kind ?? payout.kinds[0];
  const transfer = found?.transfer ?? null;
  const fee =
    kind === 'release' && payout.isLast && transfer !== null
      ? platformFee(transfers, payment, transfer)
      : null;
  insertMovement(event, transfer, write, {
    paymentContractId: payment.id,
    kind,
    milestoneId: payout.milestoneId,
    amount: transfer?.amountWei ?? due,
    releasedAt: event.block.timestamp,
    releasedBy: payout.releasedBy,
    metadata: payoutMetadata(fee, payout.reason),
  });
  return kind;
}

function payoutMetadata(feeWei: bigint | null, reason: string | null): Record<string, string> | null {
  if (feeWei !== null) return { fee: weiToDecimal(feeWei) };
  return reason === null ? null : { reason };
}

/** The amount still in escrow, without the fee. */
function heldAmount({ movements }: Escrow, payment: Payment): bigint {
  let held = payment.amount ?? 0n;
  for (const { kind, amount } of movements.rows()) if (kind !== 'deposit') held -= amount;
  return held > 0n ? held : 0n;
}

function payoutTransfer(
  event: Event,
  escrowTransfers: EscrowTransfers,
  payment: Payment,
  payout: Payout,
  due: bigint,
): { readonly kind: PayoutKind; readonly transfer: EscrowTransfer } | null {
  // With an unknown fee, the last payout may have any amount.
  const most = payout.isLast ? (payment.feeAmount === null ? null : due + payment.feeAmount) : due;
  for (const kind of payout.kinds) {
    const recipient = kind === 'release' ? payment.sellerId : payment.buyerId;
    const transfers = unclaimedTransfers(event, escrowTransfers, tokenOf(payment), 'out', recipient);
    const exact = transfers.filter(({ amountWei }) => amountWei === due || amountWei === most);
    const other = transfersBeside(transfers, event).filter(
      ({ amountWei }) => most === null || amountWei <= most,
    );
    const { logIndex } = event.log;
    const transfer = nearestTransfer(exact, logIndex) ?? nearestTransfer(other, logIndex);
    if (transfer !== null) return { kind, transfer };
  }
  return null;
}

/**
 * The fee that another account received with a release: the next outgoing transfer, or the previous one, if
 * it has the fee's amount.
 */
function platformFee(
  escrowTransfers: EscrowTransfers,
  payment: Payment,
  release: EscrowTransfer,
): bigint | null {
  const out = escrowTransfers.filter(
    ({ contract, direction, token }) =>
      contract === release.contract && direction === 'out' && token === release.token,
  );
  const position = out.indexOf(release);
  const fee = [out[position + 1], out[position - 1]].find(
    (transfer) =>
      transfer !== undefined &&
      transfer.amountWei === payment.feeAmount &&
      transfer.party !== release.party &&
      isUnclaimed(transfer),
  );
  return fee?.amountWei ?? null;
}

function unclaimedTransfers(
  event: Event,
  escrowTransfers: EscrowTransfers,
  token: Address | null,
  direction: EscrowTransfer['direction'],
  party: Uuid | null,
): EscrowTransfer[] {
  return escrowTransfers.filter(
    (transfer) =>
      transfer.contract === event.log.address &&
      transfer.direction === direction &&
      transfer.party === party &&
      (token === null || transfer.token === token) &&
      isUnclaimed(transfer),
  );
}

function isUnclaimed({ movement }: EscrowTransfer): boolean {
  return movement.row === undefined;
}

/**
 * Returns whether a missing transfer means that nothing moved. A known fee proves that the deposit's transfer
 * was indexed.
 */
function isTokenIndexed(event: Event, transfers: EscrowTransfers, payment: Payment): boolean {
  return payment.feeAmount !== null || isTokenMovedIn(event, transfers, tokenOf(payment));
}

function isTokenMovedIn(event: Event, transfers: EscrowTransfers, token: Address | null): boolean {
  if (token !== null) return event.transaction.derive(tokensMovedIn).has(token);
  return transfers.some(({ contract }) => contract === event.log.address);
}

/**
 * The contents of a payment's `metadata`: the contract's own metadata text, and the address of the payment
 * token.
 */
export interface PaymentMetadata {
  readonly text: string | null;
  readonly token: Address | null;
}

/** Returns the payment token from the payment's row; null if unknown. */
export function tokenOf(payment: Payment): Address | null {
  const metadata = payment.metadata as PaymentMetadata | null;
  return metadata?.token ?? null;
}
