/**
 * Makes the rows of payments, milestones and disputes, from the contract's state if it was read, else from
 * events.
 */
import type { DisputeState, MilestoneState, PaymentState } from './contract.ts';
import type { ChainEvent, TransactionEvents, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import {
  depositTransfer,
  type EscrowTransfers,
  escrowTransfersOf,
  insertDeposit,
  type PaymentMetadata,
  tokenOf,
} from './escrow.ts';
import { paymentRowId } from './payment-ids.ts';
import type { Entity, Load, RowPatch, Write } from '../../engine/projection/entity.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { dateOf } from '../shared/values.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Payment = ChainRow<'paymentContracts'>;
export type PaymentEntity = Entity<'paymentContracts'>;
export type PaymentCreated = TypedEvent<'PaymentContract', 'PaymentCreated'>;

/** A payment's creation, with the rows that it makes or reads. */
export interface Creation {
  readonly event: PaymentCreated;
  readonly payment: PaymentEntity;
  readonly transfers: EscrowTransfers;
}

/** Names the entities of a payment's creation. */
export function creationOf(event: PaymentCreated, load: Load): Creation {
  return {
    event,
    payment: load.one('paymentContracts', paymentRowId(event, event.args.paymentId)),
    transfers: escrowTransfersOf(event, load),
  };
}

/** The payment of an event, with its creation if that is in the same transaction. */
export interface NamedPayment {
  readonly payment: PaymentEntity;
  readonly creation: Creation | null;
}

/** Names a payment of the contract that emitted the event. */
export function paymentOf(event: Event, number: bigint, load: Load): NamedPayment {
  const payment = load.one('paymentContracts', paymentRowId(event, number));
  return { payment, creation: load.once(event.transaction, creationsIn).get(payment.id) ?? null };
}

/** Names the transaction's creations, by the payment's id. */
function creationsIn(transaction: TransactionEvents, load: Load): ReadonlyMap<Uuid, Creation> {
  const creations = new Map<Uuid, Creation>();
  for (const event of transaction.of('PaymentContract', 'PaymentCreated')) {
    const creation = creationOf(event, load);
    if (!creations.has(creation.payment.id)) creations.set(creation.payment.id, creation);
  }
  return creations;
}

/**
 * Returns the payment of an event. A missing payment is made from its creation in the same transaction
 * (milestones are announced before their payment), or from the state if it is older than the indexed blocks.
 * Throws EffectError for a payment that was never created.
 */
export function knownPayment(
  event: Event,
  number: bigint,
  { payment, creation }: NamedPayment,
  state: PaymentState | null,
  write: Write,
): Payment {
  if (payment.row !== undefined) return payment.row;
  if (creation !== null) return createPayment(creation, write);
  if (state === null) throw new EffectError(`payment ${number} wasn't created at ${event.log.address}`);
  return insertFromState(event, number, payment, state, write);
}

/** Makes the rows of a new payment and of its deposit, from its creation. */
export function createPayment(creation: Creation, write: Write): Payment {
  const { event, payment, transfers } = creation;
  const { values, deposit, transfer } = createdValues(creation, write);
  const row = payment.insert(
    {
      contractAddress: event.log.address,
      paymentId: event.args.paymentId,
      status: 'pending',
      isDisputed: false,
      ...values,
    },
    event,
  );
  insertDeposit(event, transfers, payment.id, deposit, transfer, write);
  return row;
}

/**
 * Handles a second creation of a payment, which the interface does not provide for: the row takes the latest
 * values.
 */
export function createPaymentAgain(creation: Creation, write: Write): void {
  const { event, payment, transfers } = creation;
  const { values, deposit, transfer } = createdValues(creation, write);
  payment.update(values);
  // Without a transfer, the money may be that of the previous creation.
  if (transfer !== null) insertDeposit(event, transfers, payment.id, deposit, transfer, write);
}

function createdValues({ event, transfers }: Creation, write: Write) {
  const { payer, payee, amount, paymentType } = event.args;
  const { payment: state, currency } = event.answer;
  const parties = { buyerId: write.user(payer), sellerId: write.user(payee) };
  const values = {
    ...unknownState,
    ...parties,
    amount,
    paymentType,
    ...(state === null ? {} : stateValues(state, write)),
  };
  const deposit = { payer: values.buyerId, amountWei: values.amount, token: event.answer.token };
  const transfer = depositTransfer(event, transfers, deposit);
  const metadata: PaymentMetadata = {
    text: state?.metadata ?? null,
    token: deposit.token ?? transfer?.token ?? null,
  };
  const feeAmount = transfer === null ? null : transfer.amountWei - values.amount;
  return { values: { ...values, currency, feeAmount, metadata: { ...metadata } }, deposit, transfer };
}

function insertFromState(
  event: Event,
  number: bigint,
  payment: PaymentEntity,
  state: PaymentState,
  write: Write,
): Payment {
  const { createdDate } = state;
  const isDated = createdDate !== null && createdDate > 0n && createdDate <= event.block.timestamp;
  return payment.insert({
    contractAddress: event.log.address,
    paymentId: number,
    status: statusOf(state),
    isDisputed: state.isDisputed ?? false,
    createdAt: isDated ? createdDate : event.block.timestamp,
    currency: null,
    feeAmount: null,
    ...unknownState,
    ...stateValues(state, write),
    metadata: { text: state.metadata, token: null },
  });
}

function statusOf(state: PaymentState): Payment['status'] {
  if (state.isCancelled === true) return 'cancelled';
  return state.isCompleted === true ? 'confirmed' : 'pending';
}

const unknownState = { chainProductId: null, conditions: null, expiresAt: null };

/** The columns that a payment's state fills, without its settlement, which the events determine. */
function stateValues(state: PaymentState, write: Write) {
  return {
    chainProductId: state.productId,
    buyerId: write.user(state.payer),
    sellerId: write.user(state.payee),
    amount: state.amount,
    paymentType: state.paymentType,
    expiresAt: dateOf(state.dueDate),
    ...(state.conditions === null ? {} : { conditions: state.conditions }),
  };
}

/** Returns a later event's changes of a payment; empty if the event has no answer. */
export function statePatch(
  payment: Payment,
  state: PaymentState | null,
  write: Write,
): RowPatch<'paymentContracts'> {
  if (state === null) return {};
  const metadata = { text: state.metadata, token: tokenOf(payment) };
  return { ...stateValues(state, write), ...(state.metadata === null ? {} : { metadata }) };
}

/** Returns the columns that a milestone's state fills, without its completion, which the events determine. */
export function milestoneValues(state: MilestoneState | undefined): RowPatch<'paymentMilestones'> {
  if (state === undefined) return {};
  const { description, amount, dueDate, deliverables } = state;
  return {
    ...(description === null ? {} : { description }),
    ...(amount === null ? {} : { amount }),
    ...(dueDate === null ? {} : { dueDate: dateOf(dueDate) }),
    ...(deliverables === null ? {} : { deliverables }),
  };
}

/** Returns the columns that a dispute's state fills. */
export function disputeValues(state: DisputeState | null, write: Write): RowPatch<'paymentDisputes'> {
  if (state === null) return {};
  const { initiator, reason, evidence, isResolved, arbitrator, resolutionDate, favorPayer, resolution } =
    state;
  return {
    ...(initiator === null ? {} : { initiatorId: write.user(initiator) }),
    ...(reason === null ? {} : { reason }),
    ...(evidence === null ? {} : { evidence }),
    ...(isResolved === null ? {} : { isResolved }),
    ...(arbitrator === null ? {} : { arbitratorId: write.user(arbitrator) }),
    ...(resolutionDate === null ? {} : { resolutionDate: dateOf(resolutionDate) }),
    ...(favorPayer === null ? {} : { favorPayer }),
    ...(resolution === null ? {} : { resolution }),
  };
}
