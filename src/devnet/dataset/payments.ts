/** Generates payments through escrow; some are cancelled, some disputed. */
import { oneTokenWei } from '../activity/steps/step.ts';
import { remarks } from '../activity/vocabulary.ts';
import { secondsPerDay } from '../activity/wording.ts';
import { busyOne } from './users.ts';
import { canPay, move } from './tokens.ts';
import type { Happening, DatasetWorld, MadePayment } from './world.ts';

function open(world: DatasetWorld): void {
  const { random, people, chronicle, contracts, products, payments, openPayments } = world;
  const product = random.find(products, ({ state }) => state.isActive);
  const payer = busyOne(random, people.shops);
  const amount = BigInt(random.integer(20, 2500)) * oneTokenWei;
  if (product === undefined || payer === undefined || !canPay(world, payer, amount)) return;
  const payee = product.state.manufacturer;
  const payment: MadePayment = {
    id: BigInt(payments.length + 1),
    milestones: [],
    state: {
      payer,
      payee,
      amount,
      productId: product.id,
      paymentType: 'escrow',
      isCompleted: false,
      isDisputed: false,
      isCancelled: false,
      createdDate: chronicle.time,
      dueDate: chronicle.time + BigInt(random.integer(3, 45)) * secondsPerDay,
      releaseDate: 0n,
      conditions: 'released on receipt of the goods',
      metadata: JSON.stringify({
        incoterm: random.pick(['DAP', 'FCA', 'CIP']),
        order: random.bytes(4),
      }),
    },
  };
  payments.push(payment);
  openPayments.push(payment);
  chronicle.beginTransaction();
  move(world, payer, contracts.payments.address, amount);
  chronicle.event(
    contracts.payments,
    'PaymentCreated',
    { paymentId: payment.id, payer, payee, amount, paymentType: 'escrow' },
    () => ({ ...stateAnswer(payment), token: contracts.token.address, currency: 'TRACE' }),
  );
}

function complete(world: DatasetWorld): void {
  const payment = closeOne(world);
  if (payment === undefined) return;
  const { chronicle, contracts } = world;
  const { payer: sender, payee, amount } = payment.state;
  payment.state.isCompleted = true;
  payment.state.releaseDate = chronicle.time;
  chronicle.beginTransaction();
  move(world, contracts.payments.address, payee, amount);
  chronicle.event(contracts.payments, 'PaymentCompleted', { paymentId: payment.id, amount }, () => ({
    ...stateAnswer(payment),
    sender,
  }));
}

function cancel(world: DatasetWorld): void {
  const payment = closeOne(world);
  if (payment === undefined) return;
  const { random, chronicle, contracts } = world;
  const { payer, payee: sender, amount } = payment.state;
  payment.state.isCancelled = true;
  chronicle.beginTransaction();
  move(world, contracts.payments.address, payer, amount);
  const args = { paymentId: payment.id, reason: random.pick(remarks.cancellation) };
  chronicle.event(contracts.payments, 'PaymentCancelled', args, () => ({ ...stateAnswer(payment), sender }));
}

/** Removes and returns one of the open payments. */
function closeOne({ random, openPayments }: DatasetWorld): MadePayment | undefined {
  const index = random.integer(0, Math.max(0, openPayments.length - 1));
  const [payment] = openPayments.splice(index, 1);
  return payment;
}

function stateAnswer({ state, milestones }: MadePayment) {
  return { source: 'state', payment: { ...state }, milestones } as const;
}

export const paymentHappenings: readonly Happening[] = [
  { weight: 3, happen: open },
  { weight: 2.2, happen: complete },
  { weight: 0.3, happen: cancel },
];
