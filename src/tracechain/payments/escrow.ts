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
import { lookup } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';

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

/** Returns the transfer that deposited a payment's money, fee included; null if there is none. */
export function depositTransfer(created: Event, rows: Rows, deposit: Deposit): EscrowTransfer | null {
  const { payer, amountWei, token } = deposit;
  const transfers = unclaimedTransfers(created, rows, token, 'in', payer);
  return nearestTransfer(
    transfers.filter((transfer) => transfer.amountWei >= amountWei),
    created.log.logIndex,
  );
}

/** Makes the deposit's row. Without a transfer, makes one only if the token's transfers are not indexed. */
export function insertDeposit(
  created: Event,
  rows: Rows,
  paymentContractId: Uuid,
  deposit: Deposit,
  transfer: EscrowTransfer | null,
): void {
  if (transfer === null && (deposit.amountWei === 0n || isTokenMovedIn(created, deposit.token))) return;
  rows.insert(
    'escrowTransactions',
    {
      id: escrowTransactionId(created, transfer?.logIndex ?? created.log.logIndex),
      paymentContractId,
      kind: 'deposit',
      milestoneId: null,
      amount: transfer?.amountWei ?? deposit.amountWei,
      releasedAt: null,
      releasedBy: null,
      metadata: null,
    },
    created,
  );
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

/**
 * Adds the row of a payout if money moved. Returns its kind, or null if nothing moved. The handler must have
 * requested `movementsOf` the payment.
 */
export function payOut(event: Event, rows: Rows, payment: Payment, payout: Payout): PayoutKind | null {
  const held = heldAmount(rows, payment);
  const due = payout.amountWei === null || payout.amountWei > held ? held : payout.amountWei;
  if (due === 0n) return null;
  const found = payoutTransfer(event, rows, payment, payout, due);
  if (found === null && isTokenIndexed(event, payment)) return null;
  const kind = found?.kind ?? payout.kinds[0];
  const transfer = found?.transfer ?? null;
  const fee =
    kind === 'release' && payout.isLast && transfer !== null
      ? platformFee(event, rows, payment, transfer)
      : null;
  rows.insert('escrowTransactions', {
    id: escrowTransactionId(event, transfer?.logIndex ?? event.log.logIndex),
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
function heldAmount(rows: Rows, payment: Payment): bigint {
  let held = payment.amount ?? 0n;
  for (const { kind, amount } of rows.all(movementsOf, [payment.id])) if (kind !== 'deposit') held -= amount;
  return held > 0n ? held : 0n;
}

function payoutTransfer(
  event: Event,
  rows: Rows,
  payment: Payment,
  payout: Payout,
  due: bigint,
): { readonly kind: PayoutKind; readonly transfer: EscrowTransfer } | null {
  // With an unknown fee, the last payout may have any amount.
  const most = payout.isLast ? (payment.feeAmount === null ? null : due + payment.feeAmount) : due;
  for (const kind of payout.kinds) {
    const recipient = kind === 'release' ? payment.sellerId : payment.buyerId;
    const transfers = unclaimedTransfers(event, rows, tokenOf(payment), 'out', recipient);
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
function platformFee(event: Event, rows: Rows, payment: Payment, release: EscrowTransfer): bigint | null {
  const out = event.transaction
    .derive(escrowTransfersIn)
    .filter(
      ({ contract, direction, token }) =>
        contract === release.contract && direction === 'out' && token === release.token,
    );
  const position = out.indexOf(release);
  const fee = [out[position + 1], out[position - 1]].find(
    (transfer) =>
      transfer !== undefined &&
      transfer.amountWei === payment.feeAmount &&
      transfer.party !== release.party &&
      isUnclaimed(event, rows, transfer),
  );
  return fee?.amountWei ?? null;
}

function unclaimedTransfers(
  event: Event,
  rows: Rows,
  token: Address | null,
  direction: EscrowTransfer['direction'],
  party: Uuid | null,
): EscrowTransfer[] {
  return event.transaction
    .derive(escrowTransfersIn)
    .filter(
      (transfer) =>
        transfer.contract === event.log.address &&
        transfer.direction === direction &&
        transfer.party === party &&
        (token === null || transfer.token === token) &&
        isUnclaimed(event, rows, transfer),
    );
}

function isUnclaimed(event: Event, rows: Rows, transfer: EscrowTransfer): boolean {
  return rows.get('escrowTransactions', escrowTransactionId(event, transfer.logIndex)) === undefined;
}

/**
 * Returns whether a missing transfer means that nothing moved. A known fee proves that the deposit's transfer
 * was indexed.
 */
function isTokenIndexed(event: Event, payment: Payment): boolean {
  return payment.feeAmount !== null || isTokenMovedIn(event, tokenOf(payment));
}

function isTokenMovedIn(event: Event, token: Address | null): boolean {
  if (token !== null) return event.transaction.derive(tokensMovedIn).has(token);
  const transfers = event.transaction.derive(escrowTransfersIn);
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
