/** How the rows of payments, milestones and disputes come to be: from events where they tell, from the contract's state where it was read. */
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
 * The payment of an event. One that isn't there yet is made from its creation in the same transaction (milestones are announced
 * before their payment), or from the state, for one from before the indexed blocks. Throws EffectError for one that nobody
 * created.
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

/** Makes the row of a payment that isn't there, and its deposit's; both are made by its creation. */
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

/** A payment that was there before its creation, which the interface doesn't know: the row is what was said last. */
export function createPaymentAgain(created: PaymentCreated, rows: Rows, payment: Payment): void {
  const { values, deposit, transfer } = creation(created, rows);
  rows.update('paymentContracts', payment.id, values);
  // Without a transfer, its money may well be that of the creation before.
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

/** The columns that a payment's state fills; whether it is settled is what its events say. */
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

/** What a later event's answer changes of a payment: nothing where it has none. */
export function statePatch(
  rows: Rows,
  payment: Payment,
  state: PaymentState | null,
): RowPatch<'paymentContracts'> {
  if (state === null) return {};
  const metadata = { text: state.metadata, token: tokenOf(payment) };
  return { ...stateValues(rows, state), ...(state.metadata === null ? {} : { metadata }) };
}

/** The columns that a milestone's state fills, but its completion, which is for the events to say. */
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

/** The columns that a dispute's state fills. */
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
