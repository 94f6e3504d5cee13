/**
 * Payments in escrow and by milestones: the payments, their milestones and disputes, and every movement of
 * the money.
 */
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { escrowOf, movementsOf, payOut, type PayoutKind } from './escrow.ts';
import { disputeRowId, milestoneRowId } from './payment-ids.ts';
import {
  createPayment,
  createPaymentAgain,
  creationOf,
  disputeValues,
  knownPayment,
  milestoneValues,
  type NamedPayment,
  paymentOf,
  statePatch,
} from './payment-rows.ts';
import type { Entity, Load, Write } from '../../engine/projection/entity.ts';
import { on, type Projection } from '../../engine/projection/projection.ts';
import { isMadeBy } from '../shared/values.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type MilestoneCompleted = TypedEvent<'PaymentContract', 'MilestoneCompleted'>;

export const payments: Projection = {
  area: 'payments',
  version: 1,
  tables: ['paymentContracts', 'paymentMilestones', 'paymentDisputes', 'escrowTransactions'],
  lookups: [movementsOf],
  handlers: [
    on('PaymentContract', 'PaymentCreated', {
      entities: creationOf,
      apply(event, creation, write) {
        const { row } = creation.payment;
        if (row === undefined) createPayment(creation, write);
        else if (!isMadeBy(row, event)) createPaymentAgain(creation, write);
      },
    }),
    on('PaymentContract', 'MilestoneCreated', {
      entities: (event, load) => ({
        named: paymentOf(event, event.args.paymentId, load),
        milestone: milestoneOf(event, load),
      }),
      apply(event, { named, milestone }, write) {
        const { paymentId: number, milestoneId, amount } = event.args;
        const { payment: state, milestones } = event.answer;
        const payment = knownPayment(event, number, named, state, write);
        const stated = milestones?.find((one) => one.milestoneId === milestoneId);
        const values = { amount, ...milestoneValues(stated) };
        if (milestone.row !== undefined) milestone.update(values);
        else milestone.insert({ paymentContractId: payment.id, milestoneId, ...unknownMilestone, ...values });
      },
    }),
    on('PaymentContract', 'MilestoneCompleted', {
      entities: (event, load) => ({
        ...payoutEntities(event, event.args.paymentId, load),
        milestone: milestoneOf(event, load),
      }),
      apply: (event, entities, write) => completeMilestone(event, entities, write),
    }),
    on('PaymentContract', 'PaymentCompleted', {
      entities: (event, load) => ({
        ...payoutEntities(event, event.args.paymentId, load),
        disputes: disputesResolvedBefore(event, load),
      }),
      apply(event, { named, escrow, disputes }, write) {
        const { payment: state, sender } = event.answer;
        const payment = knownPayment(event, event.args.paymentId, named, state, write);
        const resolution = disputes.findLast(({ row }) => row?.paymentContractId === payment.id)?.row ?? null;
        const payout = {
          kinds: kindsOf(resolution?.favorPayer ?? null),
          milestoneId: null,
          amountWei: null,
          isLast: true,
          releasedBy: userOf(sender, write) ?? resolution?.arbitratorId ?? null,
          reason: null,
        };
        const moved = payOut(event, escrow, payment, payout, write);
        const isRefunded = moved === null ? resolution?.favorPayer === true : moved === 'refund';
        named.payment.update({
          ...statePatch(payment, state, write),
          status: isRefunded ? 'cancelled' : 'confirmed',
          isDisputed: state?.isDisputed ?? (resolution === null && payment.isDisputed),
        });
      },
    }),
    on('PaymentContract', 'PaymentCancelled', {
      entities: (event, load) => payoutEntities(event, event.args.paymentId, load),
      apply(event, { named, escrow }, write) {
        const { payment: state, sender } = event.answer;
        const payment = knownPayment(event, event.args.paymentId, named, state, write);
        const payout = {
          kinds: ['refund'],
          milestoneId: null,
          amountWei: null,
          isLast: true,
          releasedBy: userOf(sender, write),
          reason: event.args.reason,
        } as const;
        payOut(event, escrow, payment, payout, write);
        named.payment.update({
          ...statePatch(payment, state, write),
          status: 'cancelled',
          isDisputed: state?.isDisputed ?? payment.isDisputed,
        });
      },
    }),
    on('PaymentContract', 'DisputeInitiated', {
      entities: (event, load) => ({
        named: paymentOf(event, event.args.paymentId, load),
        dispute: disputeOf(event, event.args.disputeId, load),
      }),
      apply(event, { named, dispute }, write) {
        const { disputeId, paymentId: number, initiator } = event.args;
        const { id: paymentContractId } = knownPayment(event, number, named, null, write);
        const values = { initiatorId: write.user(initiator), ...disputeValues(event.answer.dispute, write) };
        if (dispute.row === undefined)
          dispute.insert({ paymentContractId, disputeId, ...unknownDispute, ...values });
        else if (dispute.row.paymentContractId === paymentContractId) dispute.update(values);
        else throw new EffectError(`dispute ${disputeId} is about another payment than ${number}`);
        named.payment.update({ isDisputed: true });
      },
    }),
    on('PaymentContract', 'DisputeResolved', {
      entities(event, load) {
        const number = event.answer.dispute?.paymentId ?? null;
        return {
          dispute: disputeOf(event, event.args.disputeId, load),
          about: number === null ? null : { number, named: paymentOf(event, number, load) },
        };
      },
      apply: (event, entities, write) => resolveDispute(event, entities, write),
    }),
  ],
};

const unknownMilestone = {
  description: null,
  amount: null,
  isCompleted: false,
  dueDate: null,
  deliverables: null,
  completedAt: null,
};

const unknownDispute = {
  initiatorId: null,
  reason: null,
  evidence: null,
  isResolved: false,
  arbitratorId: null,
  resolutionDate: null,
  favorPayer: null,
  resolution: null,
};

/** Names the rows of a payment that may pay out. */
function payoutEntities(event: Event, number: bigint, load: Load) {
  const named = paymentOf(event, number, load);
  return { named, escrow: escrowOf(event, named.payment, load) };
}

function milestoneOf(
  event: Event & { readonly args: { readonly paymentId: bigint; readonly milestoneId: bigint } },
  load: Load,
): Entity<'paymentMilestones'> {
  const { paymentId: number, milestoneId: milestone } = event.args;
  return load.one('paymentMilestones', milestoneRowId(event, number, milestone));
}

function disputeOf(event: Event, number: bigint, load: Load): Entity<'paymentDisputes'> {
  return load.one('paymentDisputes', disputeRowId(event, number));
}

/** Names the disputes that were resolved earlier in the transaction; a resolution may complete its payment. */
function disputesResolvedBefore(event: Event, load: Load): Entity<'paymentDisputes'>[] {
  return event.transaction
    .of('PaymentContract', 'DisputeResolved', event.log.address)
    .filter(({ log }) => log.logIndex < event.log.logIndex)
    .map(({ args }) => disputeOf(event, args.disputeId, load));
}

function completeMilestone(
  event: MilestoneCompleted,
  {
    named,
    escrow,
    milestone,
  }: ReturnType<typeof payoutEntities> & { readonly milestone: Entity<'paymentMilestones'> },
  write: Write,
): void {
  const { paymentId: number, milestoneId } = event.args;
  const { payment: state, milestones, sender } = event.answer;
  const payment = knownPayment(event, number, named, state, write);
  const known = milestone.row;
  const stated = milestones?.find((one) => one.milestoneId === milestoneId);
  if (known === undefined && stated === undefined)
    throw new EffectError(`payment ${number} has no milestone ${milestoneId}`);
  const values = milestoneValues(stated);
  if (known?.isCompleted !== true) {
    const payout = {
      kinds: ['release'],
      milestoneId,
      amountWei: values.amount ?? known?.amount ?? null,
      isLast: isCompletedAfter(event, number),
      releasedBy: userOf(sender, write),
      reason: null,
    } as const;
    payOut(event, escrow, payment, payout, write);
  }
  const completed = {
    ...values,
    isCompleted: true,
    completedAt: known?.completedAt ?? event.block.timestamp,
  };
  if (known !== undefined) milestone.update(completed);
  else milestone.insert({ paymentContractId: payment.id, milestoneId, ...unknownMilestone, ...completed });
}

/** Completing the last milestone also completes the payment, which then pays only the platform's fee. */
function isCompletedAfter(event: Event, number: bigint): boolean {
  return event.transaction
    .of('PaymentContract', 'PaymentCompleted', event.log.address)
    .some(({ args, log }) => args.paymentId === number && log.logIndex > event.log.logIndex);
}

function resolveDispute(
  event: TypedEvent<'PaymentContract', 'DisputeResolved'>,
  {
    dispute,
    about,
  }: {
    readonly dispute: Entity<'paymentDisputes'>;
    readonly about: { readonly number: bigint; readonly named: NamedPayment } | null;
  },
  write: Write,
): void {
  const { disputeId, favorPayer, resolution } = event.args;
  const { dispute: disputeState, payment: state } = event.answer;
  const values = { isResolved: true, favorPayer, resolution, ...disputeValues(disputeState, write) };
  if (dispute.row !== undefined) dispute.update(values);
  else {
    if (about === null) throw new EffectError(`dispute ${disputeId} wasn't opened at ${event.log.address}`);
    const payment = knownPayment(event, about.number, about.named, state, write);
    dispute.insert({ paymentContractId: payment.id, disputeId, ...unknownDispute, ...values });
  }
  if (about === null) return;
  const payment = knownPayment(event, about.number, about.named, state, write);
  about.named.payment.update({
    ...statePatch(payment, state, write),
    isDisputed: state?.isDisputed ?? false,
  });
}

/**
 * The recipients of a completed payment: after a dispute the favoured party, else the seller, unless the
 * transfers show otherwise.
 */
function kindsOf(favorPayer: boolean | null): readonly [PayoutKind, ...PayoutKind[]] {
  if (favorPayer === null) return ['release', 'refund'];
  return favorPayer ? ['refund'] : ['release'];
}

function userOf(wallet: Address | null, write: Write): Uuid | null {
  return wallet === null ? null : write.user(wallet);
}
