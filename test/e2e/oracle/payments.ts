/** Payments: `getPayment` and `getDispute`; what moved is told by the token's `Transfer`s beside the payment's events. */
import type { Hex } from 'viem';
import { paymentContractAbi as abi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, TypedEvent } from './history.ts';
import { productLink } from './products.ts';
import { groupBy, number, provenance, reference, time, tokens, user } from './row.ts';
import type { AnyEvent, ExpectedRow, ExpectedTables } from './row.ts';

type Created = TypedEvent<'PaymentContract', 'PaymentCreated'>;
type Transfer = TypedEvent<'TraceToken', 'Transfer'>;

type PaymentEvent = TypedEvent<
  'PaymentContract',
  | 'PaymentCreated'
  | 'PaymentCompleted'
  | 'PaymentCancelled'
  | 'MilestoneCreated'
  | 'MilestoneCompleted'
  | 'DisputeInitiated'
>;
type Resolved = TypedEvent<'PaymentContract', 'DisputeResolved'>;

export async function expectPayments(history: History): Promise<ExpectedTables> {
  const initiated = eventsOf(history, 'PaymentContract', 'DisputeInitiated');
  const disputed = new Map(
    initiated.map(({ address, args }) => [`${address} ${args.disputeId}`, args.paymentId]),
  );
  const events: (PaymentEvent | Resolved)[] = eventsOf(
    history,
    'PaymentContract',
    'PaymentCreated',
    'PaymentCompleted',
    'PaymentCancelled',
    'MilestoneCreated',
    'MilestoneCompleted',
    'DisputeInitiated',
    'DisputeResolved',
  );
  const groups = groupBy(events, (event) => {
    const paymentId =
      event.name === 'DisputeResolved'
        ? disputed.get(`${event.address} ${event.args.disputeId}`)
        : event.args.paymentId;
    return `${event.address} ${paymentId}`;
  });
  const payments = await Promise.all([...groups.values()].map((group) => expectPayment(history, group)));
  return {
    payment_contracts: payments.map(({ payment }) => payment),
    payment_milestones: payments.flatMap(({ milestones }) => milestones),
    payment_disputes: payments.flatMap(({ disputes }) => disputes),
    escrow_transactions: payments.flatMap(({ movements }) => movements),
  };
}

async function expectPayment(history: History, events: readonly (PaymentEvent | Resolved)[]) {
  const created = known(events.find((event) => event.name === 'PaymentCreated'));
  const {
    address,
    args: { paymentId },
  } = created;
  const [state, milestones] = await readPayment(history, address, paymentId);
  const token = await history.client.readContract({ abi, address, functionName: 'paymentToken' });
  const key = reference('payment_contracts', address, paymentId);
  const movements = movementsOf(history, token, state, events);
  const disputes = events.filter((event) => event.name === 'DisputeInitiated');
  return {
    payment: paymentRow(history, token, state, events, movements),
    milestones: milestones.map((milestone) => milestoneRow(history, key, milestone, events)),
    disputes: await Promise.all(disputes.map((event) => disputeRow(history, key, event, events))),
    movements: movements.map((movement) => movementRow(history, key, created, movement)),
  };
}

function readPayment({ client, head }: History, address: Hex, paymentId: bigint) {
  return client.readContract({
    abi,
    address,
    functionName: 'getPayment',
    args: [paymentId],
    blockNumber: head.number,
  });
}

type Payment = Awaited<ReturnType<typeof readPayment>>[0];
type Milestone = Awaited<ReturnType<typeof readPayment>>[1][number];

/** Events that say something of the payment itself. */
const concernsPayment = ['PaymentCompleted', 'PaymentCancelled', 'DisputeInitiated', 'DisputeResolved'];

function paymentRow(
  history: History,
  token: string,
  state: Payment,
  events: readonly (PaymentEvent | Resolved)[],
  movements: readonly Movement[],
): ExpectedRow {
  const created = known(events.find((event) => event.name === 'PaymentCreated'));
  const isRefunded = movements.some(({ kind }) => kind === 'refund');
  const settled = state.isCompleted ? (isRefunded ? 'cancelled' : 'confirmed') : 'pending';
  const deposit = known(movements.find(({ kind }) => kind === 'deposit'));
  return {
    contract_address: created.address,
    payment_id: number(state.paymentId),
    product_id: productLink(history, created.address, state.productId),
    chain_product_id: number(state.productId),
    buyer_id: user(state.payer),
    seller_id: user(state.payee),
    amount: tokens(state.amount),
    fee_amount: tokens(deposit.transfer.args.value - state.amount),
    currency: 'TRACE',
    payment_type: state.paymentType,
    status: state.isCancelled ? 'cancelled' : settled,
    is_disputed: state.isDisputed,
    conditions: state.conditions,
    created_at: number(state.createdDate),
    expires_at: time(state.dueDate),
    metadata: { text: state.metadata, token: token.toLowerCase() },
    ...provenance(
      history.chainId,
      created,
      events.filter(({ name }) => concernsPayment.includes(name)),
    ),
  };
}

function milestoneRow(
  history: History,
  payment: string,
  milestone: Milestone,
  events: readonly (PaymentEvent | Resolved)[],
): ExpectedRow {
  const { milestoneId } = milestone;
  const made = known(
    events.find((event) => event.name === 'MilestoneCreated' && event.args.milestoneId === milestoneId),
  );
  const completed = events.find(
    (event) => event.name === 'MilestoneCompleted' && event.args.milestoneId === milestoneId,
  );
  return {
    payment_contract_id: payment,
    milestone_id: number(milestoneId),
    description: milestone.description,
    amount: tokens(milestone.amount),
    is_completed: milestone.isCompleted,
    due_date: time(milestone.dueDate),
    deliverables: milestone.deliverables,
    completed_at: completed === undefined ? null : number(completed.block.timestamp),
    ...provenance(history.chainId, made, completed === undefined ? [] : [completed]),
  };
}

async function disputeRow(
  history: History,
  payment: string,
  made: TypedEvent<'PaymentContract', 'DisputeInitiated'>,
  events: readonly (PaymentEvent | Resolved)[],
): Promise<ExpectedRow> {
  const { disputeId } = made.args;
  const [, , initiator, reason, evidence, isResolved, arbitrator, resolutionDate, favorPayer, resolution] =
    await history.client.readContract({
      abi,
      address: made.address,
      functionName: 'getDispute',
      args: [disputeId],
      blockNumber: history.head.number,
    });
  const resolved = events.filter(
    (event) => event.name === 'DisputeResolved' && event.args.disputeId === disputeId,
  );
  return {
    payment_contract_id: payment,
    dispute_id: number(disputeId),
    initiator_id: user(initiator),
    reason,
    evidence,
    is_resolved: isResolved,
    arbitrator_id: user(arbitrator),
    resolution_date: time(resolutionDate),
    favor_payer: favorPayer,
    resolution,
    created_at: number(made.block.timestamp),
    ...provenance(history.chainId, made, resolved),
  };
}

/** Escrowed money that moved. */
interface Movement {
  readonly kind: 'deposit' | 'release' | 'refund';
  readonly transfer: Transfer;
  readonly event: AnyEvent;
  readonly milestoneId: bigint | null;
  readonly metadata: ExpectedRow | null;
}

/** Payouts are told by the transaction's transfers to either party; the fee goes to a third, and is a release's by-product. */
function movementsOf(
  history: History,
  token: string,
  state: Payment,
  events: readonly (PaymentEvent | Resolved)[],
): Movement[] {
  const transfers = eventsOf(history, 'TraceToken', 'Transfer').filter(
    ({ address }) => address === token.toLowerCase(),
  );
  return events.flatMap((event): Movement[] => {
    // A contract pays before it says so: the money of an event moved since its contract's event before it.
    const previous = history.events
      .filter(
        (one) =>
          one.address === event.address &&
          one.transaction.hash === event.transaction.hash &&
          one.logIndex < event.logIndex,
      )
      .filter(({ name }) => name !== 'MilestoneCreated' && name !== 'DisputeResolved')
      .at(-1);
    const moved = transfers.filter(
      (one) =>
        one.transaction.hash === event.transaction.hash &&
        one.logIndex < event.logIndex &&
        one.logIndex > (previous?.logIndex ?? -1),
    );
    const [first] = moved.filter(({ args }) => args.to === event.address || args.from === event.address);
    if (first === undefined) return [];
    const isToPayer = first.args.to === state.payer.toLowerCase();
    switch (event.name) {
      case 'PaymentCreated':
        return [{ kind: 'deposit', transfer: first, event, milestoneId: null, metadata: null }];
      case 'MilestoneCompleted':
        return [
          {
            kind: 'release',
            transfer: first,
            event,
            milestoneId: event.args.milestoneId,
            metadata: feeOf(transfers, first, state, events, event),
          },
        ];
      case 'PaymentCompleted': {
        const isFeeAlone = !isToPayer && first.args.to !== state.payee.toLowerCase();
        if (isFeeAlone) return [];
        const metadata = isToPayer ? null : feeOf(transfers, first, state, events, event);
        return [
          { kind: isToPayer ? 'refund' : 'release', transfer: first, event, milestoneId: null, metadata },
        ];
      }
      case 'PaymentCancelled':
        return [
          {
            kind: 'refund',
            transfer: first,
            event,
            milestoneId: null,
            metadata: { reason: event.args.reason },
          },
        ];
      default:
        return [];
    }
  });
}

/** The platform's fee, where the payment was closed by this payout and a transfer of it follows. */
function feeOf(
  transfers: readonly Transfer[],
  payout: Transfer,
  state: Payment,
  events: readonly (PaymentEvent | Resolved)[],
  event: PaymentEvent | Resolved,
): ExpectedRow | null {
  const isClosed = events.some(
    ({ name, transaction }) => name === 'PaymentCompleted' && transaction.hash === event.transaction.hash,
  );
  const fee = transfers.find(
    (one) =>
      one.transaction.hash === payout.transaction.hash &&
      one.logIndex > payout.logIndex &&
      one.args.from === event.address &&
      one.args.to !== state.payee.toLowerCase() &&
      one.args.to !== state.payer.toLowerCase(),
  );
  if (!isClosed || fee === undefined) return null;
  const decimals = tokens(fee.args.value).split('.');
  return { fee: `${decimals[0]}.${(decimals[1] ?? '').padEnd(18, '0')}` };
}

function movementRow(history: History, payment: string, created: Created, movement: Movement): ExpectedRow {
  const { kind, transfer, event, milestoneId, metadata } = movement;
  const isPayout = kind !== 'deposit';
  return {
    payment_contract_id: payment,
    kind,
    milestone_id: milestoneId === null ? null : number(milestoneId),
    amount: tokens(transfer.args.value),
    status: 'confirmed',
    created_at: number(event.block.timestamp),
    released_at: isPayout ? number(event.block.timestamp) : null,
    released_by: isPayout ? user(event.transaction.from) : null,
    metadata,
    ...provenance(history.chainId, isPayout ? event : created),
  };
}
