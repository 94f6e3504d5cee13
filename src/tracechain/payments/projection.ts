/**
 * Payments in escrow and by milestones: the payments, their milestones and disputes, and every movement of
 * the money.
 */
import type { PaymentState } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address } from '../../primitives/hex.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { movementsOf, payOut, type PayoutKind } from './escrow.ts';
import { paymentContractsIn } from './escrow-transfers.ts';
import { disputeId, escrowTransactionId, milestoneId, paymentId } from './payment-ids.ts';
import {
  createPayment,
  createPaymentAgain,
  disputeValues,
  knownPayment,
  milestoneValues,
  statePatch,
} from './payment-rows.ts';
import { on, type Projection, type Wanted } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';
import { isMadeBy } from '../shared/values.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Payment = ChainRow<'paymentContracts'>;
type MilestoneCompleted = TypedEvent<'PaymentContract', 'MilestoneCompleted'>;

export const payments: Projection = {
  area: 'payments',
  version: 1,
  tables: ['paymentContracts', 'paymentMilestones', 'paymentDisputes', 'escrowTransactions'],
  lookups: [movementsOf],
  handlers: [
    on('PaymentContract', 'PaymentCreated', {
      touch(event, wanted) {
        wanted.row('paymentContracts', paymentId(event, event.args.paymentId));
      },
      apply(event, rows) {
        const known = rows.get('paymentContracts', paymentId(event, event.args.paymentId));
        if (known === undefined) createPayment(event, rows);
        else if (!isMadeBy(known, event)) createPaymentAgain(event, rows, known);
      },
    }),
    on('PaymentContract', 'MilestoneCreated', {
      touch(event, wanted) {
        const { paymentId: number, milestoneId: milestone } = event.args;
        wanted.row('paymentContracts', paymentId(event, number));
        wanted.row('paymentMilestones', milestoneId(event, number, milestone));
      },
      apply(event, rows) {
        const { paymentId: number, milestoneId: milestone, amount } = event.args;
        const { payment: state, milestones } = event.answer;
        const payment = knownPayment(event, rows, number, state);
        const stated = milestones?.find((one) => one.milestoneId === milestone);
        const id = milestoneId(event, number, milestone);
        const values = { amount, ...milestoneValues(stated) };
        if (rows.get('paymentMilestones', id) !== undefined)
          return rows.update('paymentMilestones', id, values);
        rows.insert('paymentMilestones', {
          id,
          paymentContractId: payment.id,
          milestoneId: milestone,
          ...unknownMilestone,
          ...values,
        });
      },
    }),
    on('PaymentContract', 'MilestoneCompleted', {
      touch(event, wanted) {
        const { paymentId: number, milestoneId: milestone } = event.args;
        wantPayment(event, wanted, number);
        wanted.row('paymentMilestones', milestoneId(event, number, milestone));
      },
      apply: completeMilestone,
    }),
    on('PaymentContract', 'PaymentCompleted', {
      touch(event, wanted) {
        wantPayment(event, wanted, event.args.paymentId);
      },
      apply(event, rows) {
        const { payment: state, sender } = event.answer;
        const payment = knownPayment(event, rows, event.args.paymentId, state);
        const resolution = resolutionBefore(event, rows, payment);
        const moved = payOut(event, rows, payment, {
          kinds: kindsOf(resolution?.favorPayer ?? null),
          milestoneId: null,
          amountWei: null,
          isLast: true,
          releasedBy: userOf(rows, sender) ?? resolution?.arbitratorId ?? null,
          reason: null,
        });
        const isRefunded = moved === null ? resolution?.favorPayer === true : moved === 'refund';
        rows.update('paymentContracts', payment.id, {
          ...statePatch(rows, payment, state),
          status: isRefunded ? 'cancelled' : 'confirmed',
          isDisputed: state?.isDisputed ?? (resolution === null && payment.isDisputed),
        });
      },
    }),
    on('PaymentContract', 'PaymentCancelled', {
      touch(event, wanted) {
        wantPayment(event, wanted, event.args.paymentId);
      },
      apply(event, rows) {
        const { payment: state, sender } = event.answer;
        const payment = knownPayment(event, rows, event.args.paymentId, state);
        payOut(event, rows, payment, {
          kinds: ['refund'],
          milestoneId: null,
          amountWei: null,
          isLast: true,
          releasedBy: userOf(rows, sender),
          reason: event.args.reason,
        });
        rows.update('paymentContracts', payment.id, {
          ...statePatch(rows, payment, state),
          status: 'cancelled',
          isDisputed: state?.isDisputed ?? payment.isDisputed,
        });
      },
    }),
    on('PaymentContract', 'DisputeInitiated', {
      touch(event, wanted) {
        wanted.row('paymentContracts', paymentId(event, event.args.paymentId));
        wanted.row('paymentDisputes', disputeId(event, event.args.disputeId));
      },
      apply(event, rows) {
        const { disputeId: dispute, paymentId: number, initiator } = event.args;
        const payment = knownPayment(event, rows, number, null);
        const id = disputeId(event, dispute);
        const values = { initiatorId: rows.user(initiator), ...disputeValues(rows, event.answer.dispute) };
        const known = rows.get('paymentDisputes', id);
        if (known === undefined) {
          rows.insert('paymentDisputes', {
            id,
            paymentContractId: payment.id,
            disputeId: dispute,
            ...unknownDispute,
            ...values,
          });
        } else if (known.paymentContractId === payment.id) {
          rows.update('paymentDisputes', id, values);
        } else {
          throw new EffectError(`dispute ${dispute} is about another payment than ${number}`);
        }
        rows.update('paymentContracts', payment.id, { isDisputed: true });
      },
    }),
    on('PaymentContract', 'DisputeResolved', {
      touch(event, wanted) {
        wanted.row('paymentDisputes', disputeId(event, event.args.disputeId));
        const number = event.answer.dispute?.paymentId ?? null;
        if (number !== null) wanted.row('paymentContracts', paymentId(event, number));
      },
      apply: resolveDispute,
    }),
    on('TraceToken', 'Transfer', {
      // The token area writes the transfer; the payments area only checks whether one of its movements uses
      // it.
      touch(event, wanted) {
        const contracts = event.transaction.derive(paymentContractsIn);
        if (contracts.has(event.args.from) || contracts.has(event.args.to))
          wanted.row('escrowTransactions', escrowTransactionId(event, event.log.logIndex));
      },
      apply: () => undefined,
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

/** Requests the rows of a payment that may pay out. */
function wantPayment(event: Event, wanted: Wanted, number: bigint): void {
  const id = paymentId(event, number);
  wanted.row('paymentContracts', id);
  wanted.all(movementsOf, [id]);
}

function completeMilestone(event: MilestoneCompleted, rows: Rows): void {
  const { paymentId: number, milestoneId: milestone } = event.args;
  const { payment: state, milestones, sender } = event.answer;
  const payment = knownPayment(event, rows, number, state);
  const id = milestoneId(event, number, milestone);
  const known = rows.get('paymentMilestones', id);
  const stated = milestones?.find((one) => one.milestoneId === milestone);
  if (known === undefined && stated === undefined)
    throw new EffectError(`payment ${number} has no milestone ${milestone}`);
  const values = milestoneValues(stated);
  if (known?.isCompleted !== true) {
    payOut(event, rows, payment, {
      kinds: ['release'],
      milestoneId: milestone,
      amountWei: values.amount ?? known?.amount ?? null,
      isLast: isCompletedAfter(event, number),
      releasedBy: userOf(rows, sender),
      reason: null,
    });
  }
  const completion = { isCompleted: true, completedAt: known?.completedAt ?? event.block.timestamp };
  if (known !== undefined) return rows.update('paymentMilestones', id, { ...values, ...completion });
  rows.insert('paymentMilestones', {
    id,
    paymentContractId: payment.id,
    milestoneId: milestone,
    ...unknownMilestone,
    ...values,
    ...completion,
  });
}

/** Completing the last milestone also completes the payment, which then pays only the platform's fee. */
function isCompletedAfter(event: Event, number: bigint): boolean {
  return event.transaction
    .of('PaymentContract', 'PaymentCompleted', event.log.address)
    .some(({ args, log }) => args.paymentId === number && log.logIndex > event.log.logIndex);
}

function resolveDispute(event: TypedEvent<'PaymentContract', 'DisputeResolved'>, rows: Rows): void {
  const { disputeId: dispute, favorPayer, resolution } = event.args;
  const { dispute: state, payment: paymentState } = event.answer;
  const number = state?.paymentId ?? null;
  const id = disputeId(event, dispute);
  const values = { isResolved: true, favorPayer, resolution, ...disputeValues(rows, state) };
  const known = rows.get('paymentDisputes', id);
  if (known !== undefined) {
    rows.update('paymentDisputes', id, values);
  } else {
    if (number === null) throw new EffectError(`dispute ${dispute} wasn't opened at ${event.log.address}`);
    const payment = knownPayment(event, rows, number, paymentState);
    rows.insert('paymentDisputes', {
      id,
      paymentContractId: payment.id,
      disputeId: dispute,
      ...unknownDispute,
      ...values,
    });
  }
  if (number !== null) endDispute(event, rows, number, paymentState);
}

function endDispute(event: Event, rows: Rows, number: bigint, state: PaymentState | null): void {
  const payment = knownPayment(event, rows, number, state);
  rows.update('paymentContracts', payment.id, {
    ...statePatch(rows, payment, state),
    isDisputed: state?.isDisputed ?? false,
  });
}

/** The dispute whose resolution, earlier in the transaction, completes the payment. */
function resolutionBefore(event: Event, rows: Rows, payment: Payment): ChainRow<'paymentDisputes'> | null {
  return (
    event.transaction
      .of('PaymentContract', 'DisputeResolved', event.log.address)
      .filter(({ log }) => log.logIndex < event.log.logIndex)
      .map(({ args }) => rows.get('paymentDisputes', disputeId(event, args.disputeId)))
      .findLast((dispute) => dispute?.paymentContractId === payment.id) ?? null
  );
}

/**
 * The recipients of a completed payment: after a dispute the favoured party, else the seller, unless the
 * transfers show otherwise.
 */
function kindsOf(favorPayer: boolean | null): readonly [PayoutKind, ...PayoutKind[]] {
  if (favorPayer === null) return ['release', 'refund'];
  return favorPayer ? ['refund'] : ['release'];
}

function userOf(rows: Rows, wallet: Address | null): Payment['buyerId'] {
  return wallet === null ? null : rows.user(wallet);
}
