/**
 * Makes the rows of payments, milestones and disputes, from the contract's state if it was read, else from
 * events.
 */
import type { DisputeState, MilestoneState, PaymentState } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { depositTransfer, insertDeposit, type PaymentMetadata, tokenOf } from './escrow.ts';
import { paymentId } from './payment-ids.ts';
import type { RowPatch, Rows } from '../../engine/projection/rows.ts';
import { dateOf } from '../shared/values.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Payment = ChainRow<'paymentContracts'>;
export type PaymentCreated = TypedEvent<'PaymentContract', 'PaymentCreated'>;

/**
 * Returns the payment of an event. A missing payment is made from its creation in the same transaction
 * (milestones are announced before their payment), or from the state if it is older than the indexed blocks.
 * Throws EffectError for a payment that was never created.
 */
export function knownPayment(event: Event, rows: Rows, number: bigint, state: PaymentState | null): Payment {
  const known = rows.get('paymentContracts', paymentId(event, number));
  if (known !== undefined) return known;
  const created = event.transaction
    .of('PaymentContract', 'PaymentCreated', event.log.address)
    .find(({ args }) => args.paymentId === number);
  if (created !== undefined) return createPayment(created, rows);
  if (state === null) throw new EffectError(`payment ${number} wasn't created at ${event.log.address}`);
  return insertFromState(event, rows, number, state);
}

/** Makes the rows of a new payment and of its deposit, from its creation. */
export function createPayment(created: PaymentCreated, rows: Rows): Payment {
  const { paymentId: number } = created.args;
  const { values, deposit, transfer } = creation(created, rows);
  const id = paymentId(created, number);
  rows.insert(
    'paymentContracts',
    {
      id,
      contractAddress: created.log.address,
      paymentId: number,
      status: 'pending',
      isDisputed: false,
      ...values,
    },
    created,
  );
  insertDeposit(created, rows, id, deposit, transfer);
  return insertedPayment(rows, id);
}

/**
 * Handles a second creation of a payment, which the interface does not provide for: the row takes the latest
 * values.
 */
export function createPaymentAgain(created: PaymentCreated, rows: Rows, payment: Payment): void {
  const { values, deposit, transfer } = creation(created, rows);
  rows.update('paymentContracts', payment.id, values);
  // Without a transfer, the money may be that of the previous creation.
  if (transfer !== null) insertDeposit(created, rows, payment.id, deposit, transfer);
}

function creation(created: PaymentCreated, rows: Rows) {
  const { payer, payee, amount, paymentType } = created.args;
  const { payment: state, currency } = created.answer;
  const parties = { buyerId: rows.user(payer), sellerId: rows.user(payee) };
  const values = {
    ...unknownState,
    ...parties,
    amount,
    paymentType,
    ...(state === null ? {} : stateValues(rows, state)),
  };
  const deposit = { payer: values.buyerId, amountWei: values.amount, token: created.answer.token };
  const transfer = depositTransfer(created, rows, deposit);
  const metadata: PaymentMetadata = {
    text: state?.metadata ?? null,
    token: deposit.token ?? transfer?.token ?? null,
  };
  const feeAmount = transfer === null ? null : transfer.amountWei - values.amount;
  return { values: { ...values, currency, feeAmount, metadata: { ...metadata } }, deposit, transfer };
}

function insertFromState(event: Event, rows: Rows, number: bigint, state: PaymentState): Payment {
  const id = paymentId(event, number);
  const { createdDate } = state;
  const isDated = createdDate !== null && createdDate > 0n && createdDate <= event.block.timestamp;
  rows.insert('paymentContracts', {
    id,
    contractAddress: event.log.address,
    paymentId: number,
    status: statusOf(state),
    isDisputed: state.isDisputed ?? false,
    createdAt: isDated ? createdDate : event.block.timestamp,
    currency: null,
    feeAmount: null,
    ...unknownState,
    ...stateValues(rows, state),
    metadata: { text: state.metadata, token: null },
  });
  return insertedPayment(rows, id);
}

function statusOf(state: PaymentState): Payment['status'] {
  if (state.isCancelled === true) return 'cancelled';
  return state.isCompleted === true ? 'confirmed' : 'pending';
}

function insertedPayment(rows: Rows, id: Payment['id']): Payment {
  const row = rows.get('paymentContracts', id);
  if (row === undefined) throw new EffectError(`payment ${id} was made and isn't there`);
  return row;
}

const unknownState = { chainProductId: null, conditions: null, expiresAt: null };

/** The columns that a payment's state fills, without its settlement, which the events determine. */
function stateValues(rows: Rows, state: PaymentState) {
  return {
    chainProductId: state.productId,
    buyerId: rows.user(state.payer),
    sellerId: rows.user(state.payee),
    amount: state.amount,
    paymentType: state.paymentType,
    expiresAt: dateOf(state.dueDate),
    ...(state.conditions === null ? {} : { conditions: state.conditions }),
  };
}

/** Returns a later event's changes of a payment; empty if the event has no answer. */
export function statePatch(
  rows: Rows,
  payment: Payment,
  state: PaymentState | null,
): RowPatch<'paymentContracts'> {
  if (state === null) return {};
  const metadata = { text: state.metadata, token: tokenOf(payment) };
  return { ...stateValues(rows, state), ...(state.metadata === null ? {} : { metadata }) };
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
export function disputeValues(rows: Rows, state: DisputeState | null): RowPatch<'paymentDisputes'> {
  if (state === null) return {};
  const { initiator, reason, evidence, isResolved, arbitrator, resolutionDate, favorPayer, resolution } =
    state;
  return {
    ...(initiator === null ? {} : { initiatorId: rows.user(initiator) }),
    ...(reason === null ? {} : { reason }),
    ...(evidence === null ? {} : { evidence }),
    ...(isResolved === null ? {} : { isResolved }),
    ...(arbitrator === null ? {} : { arbitratorId: rows.user(arbitrator) }),
    ...(resolutionDate === null ? {} : { resolutionDate: dateOf(resolutionDate) }),
    ...(favorPayer === null ? {} : { favorPayer }),
    ...(resolution === null ? {} : { resolution }),
  };
}
