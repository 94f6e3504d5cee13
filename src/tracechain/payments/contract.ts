/** Payments in escrow and by milestones, and their disputes. One contract holds many payments. */
import { paymentContractAbi as abi, traceTokenAbi } from '../../../abis/index.ts';
import type { ReadResult } from '../../engine/rpc/types.ts';
import type { Address } from '../../primitives/hex.ts';
import type { CallResult, DecodedCall } from '../../engine/contract/abi/types.ts';
import {
  askDirectCall,
  directCallReader,
  onlyMatch,
  transactionRequest,
} from '../../engine/contract/calldata.ts';
import { defineKind, type KindEvent } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { isUnavailable, recordViewOf, viewOf, type AnswerSource } from '../../engine/contract/views.ts';

/**
 * A payment as `getPayment` returns it. A field is null if calldata replaces the read and lacks the field.
 */
export interface PaymentState {
  readonly payer: Address;
  readonly payee: Address;
  /** Wei of the payment token, as all amounts in this file. */
  readonly amount: bigint;
  readonly productId: bigint;
  readonly paymentType: string;
  readonly isCompleted: boolean | null;
  readonly isDisputed: boolean | null;
  readonly isCancelled: boolean | null;
  /** Unix seconds, as all dates in this file. */
  readonly createdDate: bigint | null;
  readonly dueDate: bigint;
  readonly releaseDate: bigint | null;
  readonly conditions: string | null;
  readonly metadata: string | null;
}

/**
 * A milestone as `getPayment` returns it. A field is null if calldata replaces the read and lacks the field.
 */
export interface MilestoneState {
  readonly milestoneId: bigint;
  readonly description: string | null;
  readonly amount: bigint | null;
  readonly isCompleted: boolean | null;
  readonly dueDate: bigint | null;
  readonly deliverables: string | null;
}

export interface PaymentAnswer {
  readonly source: AnswerSource;
  readonly payment: PaymentState | null;
  /** All of the payment's milestones from the state; from calldata, only the event's milestone. */
  readonly milestones: readonly MilestoneState[] | null;
}

export interface PaymentCreatedAnswer extends PaymentAnswer {
  /** The payment token, and its symbol. */
  readonly token: Address | null;
  readonly currency: string | null;
}

export interface PaymentMovedAnswer extends PaymentAnswer {
  /** The sender of the transaction, if it called this contract directly. */
  readonly sender: Address | null;
}

/**
 * A dispute as `getDispute` returns it. A field is null if calldata replaces the read and lacks the field.
 */
export interface DisputeState {
  readonly disputeId: bigint;
  readonly paymentId: bigint | null;
  readonly initiator: Address | null;
  readonly reason: string | null;
  readonly evidence: string | null;
  readonly isResolved: boolean | null;
  readonly arbitrator: Address | null;
  readonly resolutionDate: bigint | null;
  readonly favorPayer: boolean | null;
  readonly resolution: string | null;
}

export interface DisputeAnswer {
  readonly source: AnswerSource;
  readonly dispute: DisputeState | null;
}

/** The payment is the dispute's; it is unknown if the dispute's state is. */
export interface DisputeResolvedAnswer extends DisputeAnswer {
  readonly payment: PaymentState | null;
  readonly milestones: readonly MilestoneState[] | null;
}

const getPayment = viewOf(abi, 'getPayment');
const getDispute = recordViewOf(abi, 'getDispute');
const paymentToken = viewOf(abi, 'paymentToken');
const symbol = viewOf(traceTokenAbi, 'symbol');
const readDirectCall = directCallReader(abi);

const noPayment: PaymentAnswer = { source: 'none', payment: null, milestones: null };
const noDispute: DisputeAnswer = { source: 'none', dispute: null };

export const paymentContract = defineKind({
  abi,
  registryKey: 'registry',
  reads: {
    PaymentCreated: readCreated,
    MilestoneCreated: readMilestoneCreated,
    MilestoneCompleted: readMilestoneCompleted,
    PaymentCompleted: readMoved,
    PaymentCancelled: readMoved,
    DisputeInitiated: readDisputeInitiated,
    DisputeResolved: readDisputeResolved,
  },
});

function* readCreated(event: KindEvent<typeof abi, 'PaymentCreated'>): ReadPlan<PaymentCreatedAnswer> {
  const { address } = event.log;
  const [paymentResult, tokenResult] = yield [
    getPayment.request(address, [event.args.paymentId]),
    paymentToken.request(address, []),
  ];
  const token = paymentToken.valueOf(tokenResult);
  const currency = token === null ? null : yield* askSymbol(token);
  if (!isUnavailable(paymentResult)) return { ...paymentAnswer(paymentResult), token, currency };
  const call = (yield* askDirectCall(event, readDirectCall))?.call ?? null;
  const payment = createdBy(event, call);
  return { source: payment === null ? 'none' : 'calldata', payment, milestones: null, token, currency };
}

function* askSymbol(token: Address): ReadPlan<string | null> {
  const [result] = yield [symbol.request(token, [])];
  return symbol.valueOf(result);
}

/** Finds the milestone's text by its amount, because the call does not state the milestone's number. */
function* readMilestoneCreated(event: KindEvent<typeof abi, 'MilestoneCreated'>): ReadPlan<PaymentAnswer> {
  const { paymentId, milestoneId, amount } = event.args;
  const [result] = yield [getPayment.request(event.log.address, [paymentId])];
  if (!isUnavailable(result)) return paymentAnswer(result);
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  if (call?.name !== 'createMilestonePayment') return noPayment;
  const [, , , , descriptions, amounts] = call.args;
  const written = descriptions.map((description, index) => ({ description, amount: amounts[index] }));
  const found = onlyMatch(written, (milestone) => milestone.amount === amount);
  if (found === null) return noPayment;
  const unknown = { isCompleted: null, dueDate: null, deliverables: null };
  const milestone = { ...unknown, milestoneId, amount, description: found.description };
  return { source: 'calldata', payment: null, milestones: [milestone] };
}

function* readMilestoneCompleted(
  event: KindEvent<typeof abi, 'MilestoneCompleted'>,
): ReadPlan<PaymentMovedAnswer> {
  const { paymentId, milestoneId } = event.args;
  const [paymentResult, transactionResult] = yield [
    getPayment.request(event.log.address, [paymentId]),
    transactionRequest(event),
  ];
  const direct = readDirectCall(event, transactionResult);
  const sender = direct?.from ?? null;
  if (!isUnavailable(paymentResult)) return { ...paymentAnswer(paymentResult), sender };
  const call = direct?.call;
  if (call?.name !== 'completeMilestone' || call.args[0] !== paymentId || call.args[1] !== milestoneId) {
    return { ...noPayment, sender };
  }
  const unknown = { description: null, amount: null, dueDate: null, isCompleted: null };
  const milestone = { ...unknown, milestoneId, deliverables: call.args[2] };
  return { source: 'calldata', payment: null, milestones: [milestone], sender };
}

/** Completion and cancellation: apart from the sender, the calls have no more data than the events. */
function* readMoved(
  event: KindEvent<typeof abi, 'PaymentCompleted'> | KindEvent<typeof abi, 'PaymentCancelled'>,
): ReadPlan<PaymentMovedAnswer> {
  const [paymentResult, transactionResult] = yield [
    getPayment.request(event.log.address, [event.args.paymentId]),
    transactionRequest(event),
  ];
  const sender = readDirectCall(event, transactionResult)?.from ?? null;
  return { ...paymentAnswer(paymentResult), sender };
}

function* readDisputeInitiated(event: KindEvent<typeof abi, 'DisputeInitiated'>): ReadPlan<DisputeAnswer> {
  const { disputeId, paymentId, initiator } = event.args;
  const [result] = yield [getDispute.request(event.log.address, [disputeId])];
  if (!isUnavailable(result)) return disputeAnswer(result);
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  if (call?.name !== 'initiateDispute' || call.args[0] !== paymentId) return noDispute;
  const [, reason, evidence] = call.args;
  const unknown = {
    isResolved: null,
    arbitrator: null,
    resolutionDate: null,
    favorPayer: null,
    resolution: null,
  };
  return { source: 'calldata', dispute: { ...unknown, disputeId, paymentId, initiator, reason, evidence } };
}

function* readDisputeResolved(
  event: KindEvent<typeof abi, 'DisputeResolved'>,
): ReadPlan<DisputeResolvedAnswer> {
  const { address } = event.log;
  const { disputeId, favorPayer, resolution } = event.args;
  const [result] = yield [getDispute.request(address, [disputeId])];
  if (!isUnavailable(result)) {
    const answer = disputeAnswer(result);
    const paymentId = answer.dispute?.paymentId;
    if (paymentId === undefined || paymentId === null) return { ...answer, payment: null, milestones: null };
    const [paymentResult] = yield [getPayment.request(address, [paymentId])];
    const { payment, milestones } = paymentAnswer(paymentResult);
    return { ...answer, payment, milestones };
  }
  const direct = yield* askDirectCall(event, readDirectCall);
  const isThis = direct?.call?.name === 'resolveDispute' && direct.call.args[0] === disputeId;
  if (!isThis) return { ...noDispute, payment: null, milestones: null };
  const unknown = { paymentId: null, initiator: null, reason: null, evidence: null, resolutionDate: null };
  return {
    source: 'calldata',
    dispute: { ...unknown, disputeId, isResolved: true, arbitrator: direct.from, favorPayer, resolution },
    payment: null,
    milestones: null,
  };
}

function paymentAnswer(result: ReadResult | undefined): PaymentAnswer {
  const values = getPayment.valueOf(result);
  if (values === null) return noPayment;
  const [{ paymentId: _, ...payment }, milestones] = values;
  return {
    source: 'state',
    payment,
    milestones: milestones.map(({ paymentId: __, ...milestone }) => milestone),
  };
}

function disputeAnswer(result: ReadResult | undefined): DisputeAnswer {
  const values: CallResult<typeof abi, 'getDispute'> | null = getDispute.valueOf(result);
  if (values === null) return noDispute;
  const [disputeId, paymentId, initiator, reason, evidence, ...outcome] = values;
  const [isResolved, arbitrator, resolutionDate, favorPayer, resolution] = outcome;
  const opened = { disputeId, paymentId, initiator, reason, evidence };
  return {
    source: 'state',
    dispute: { ...opened, isResolved, arbitrator, resolutionDate, favorPayer, resolution },
  };
}

function createdBy(
  event: KindEvent<typeof abi, 'PaymentCreated'>,
  call: DecodedCall<typeof abi> | null,
): PaymentState | null {
  if (call?.name !== 'createEscrowPayment' && call?.name !== 'createMilestonePayment') return null;
  const { payer, payee, amount, paymentType } = event.args;
  const [calledPayee, calledAmount, productId, dueDate] = call.args;
  if (calledPayee !== payee || calledAmount !== amount) return null;
  const [conditions, metadata] =
    call.name === 'createEscrowPayment' ? [call.args[4], call.args[5]] : [null, null];
  const unknown = {
    isCompleted: null,
    isDisputed: null,
    isCancelled: null,
    createdDate: null,
    releaseDate: null,
  };
  return { ...unknown, payer, payee, amount, paymentType, productId, dueDate, conditions, metadata };
}
