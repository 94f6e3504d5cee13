import { required } from '../../../primitives/errors.ts';
import type { Address } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import type { Random } from '../random.ts';
import { remarks } from '../vocabulary.ts';
import type { Payment } from '../world/payments.ts';
import { actorAt, isOpen, oneTokenWei, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

const secondsPerDay = 86_400n;

interface Deal {
  readonly contract: Address;
  readonly payer: Address;
  readonly payee: Address;
  readonly productId: bigint;
  readonly amountWei: bigint;
  readonly dueDate: bigint;
  readonly claims: readonly string[];
}

/** An account that can pay, a maker, and one of the maker's products. */
function findDeal(scene: Scene): Deal | undefined {
  const { random, cast, world } = scene;
  const contract = openContract(scene, 'PaymentContract');
  const registry = world.contracts.first('ProductRegistry').address;
  const amountWei = BigInt(random.integer(20, 2500)) * oneTokenWei;
  const payer = random.find(
    [...cast.shops, ...cast.consumers],
    ({ address }) => world.token.balanceWei(address) > 3n * amountWei,
  );
  const product = random.find(
    world.products.list,
    (candidate) => candidate.registry === registry && candidate.manufacturer !== payer?.address,
  );
  if (contract === undefined || payer === undefined || product === undefined || !isTokenOpen(scene))
    return undefined;
  return {
    contract: contract.address,
    payer: payer.address,
    payee: product.manufacturer,
    productId: product.id,
    amountWei,
    dueDate: world.time + BigInt(random.integer(3, 45)) * secondsPerDay,
    claims: [`tokens:${payer.address}`],
  };
}

/** Payments transfer the token, so a paused token stops them as well. */
function isTokenOpen(scene: Scene): boolean {
  return isOpen(scene, scene.world.contracts.first('TraceToken').address);
}

function findPayment(scene: Scene, fits: (payment: Payment) => boolean): Payment | undefined {
  if (!isTokenOpen(scene)) return undefined;
  return scene.random.find(
    scene.world.payments.open(),
    (payment) =>
      isOpen(scene, payment.contract) && actorAt(scene, payment.payer) !== undefined && fits(payment),
  );
}

function claimOf({ contract, id }: Payment): string {
  return `payment:${contract}:${id}`;
}

const escrow: Step = {
  name: 'open escrow',
  weight: 4,
  causes: ['PaymentContract.PaymentCreated', 'TraceToken.Transfer'],
  plan(scene) {
    const deal = findDeal(scene);
    if (deal === undefined) return [];
    const { contract, payer, payee, amountWei, productId, dueDate, claims } = deal;
    const metadata = JSON.stringify({
      incoterm: scene.random.pick(['DAP', 'FCA', 'CIP']),
      order: scene.random.bytes(4),
    });
    const terms = [
      payee,
      amountWei,
      productId,
      dueDate,
      'released on receipt of the goods',
      metadata,
    ] as const;
    return [callOf(contractAt('PaymentContract', contract), payer, 'createEscrowPayment', terms, { claims })];
  },
};

const milestones: Step = {
  name: 'open milestone payment',
  weight: 2,
  causes: ['PaymentContract.PaymentCreated', 'PaymentContract.MilestoneCreated'],
  plan(scene) {
    const deal = findDeal(scene);
    if (deal === undefined) return [];
    const { contract, payer, payee, amountWei, productId, dueDate, claims } = deal;
    const descriptions = remarks.milestones.slice(0, scene.random.integer(2, 4));
    const amounts = divide(amountWei, descriptions.length, scene.random);
    const terms = [payee, amountWei, productId, dueDate, descriptions, amounts] as const;
    return [
      callOf(contractAt('PaymentContract', contract), payer, 'createMilestonePayment', terms, { claims }),
    ];
  },
};

/** Splits the amount into non-zero parts with the exact sum. */
function divide(amountWei: bigint, count: number, random: Random): bigint[] {
  const first = Array.from(
    { length: count - 1 },
    () => (amountWei * BigInt(random.integer(10, 90))) / BigInt(100 * count),
  );
  return [...first, amountWei - first.reduce((sum, part) => sum + part, 0n)];
}

const completeMilestone: Step = {
  name: 'complete milestone',
  weight: 4,
  causes: ['PaymentContract.MilestoneCompleted'],
  plan(scene) {
    const payment = findPayment(scene, ({ openMilestones }) => openMilestones.size > 0);
    if (payment === undefined) return [];
    const milestoneId = required(payment.openMilestones.values().next().value, 'an open milestone');
    const completion = [payment.id, milestoneId, scene.random.pick(remarks.deliverables)] as const;
    const contract = contractAt('PaymentContract', payment.contract);
    return [callOf(contract, payment.payer, 'completeMilestone', completion, { claims: [claimOf(payment)] })];
  },
};

const release: Step = {
  name: 'release payment',
  weight: 3,
  causes: ['PaymentContract.PaymentCompleted'],
  plan(scene) {
    const payment = findPayment(scene, ({ openMilestones }) => openMilestones.size === 0);
    if (payment === undefined) return [];
    const contract = contractAt('PaymentContract', payment.contract);
    return [callOf(contract, payment.payer, 'releasePayment', [payment.id], { claims: [claimOf(payment)] })];
  },
};

const cancel: Step = {
  name: 'cancel payment',
  weight: 0.7,
  causes: ['PaymentContract.PaymentCancelled'],
  plan(scene) {
    const payment = findPayment(scene, () => true);
    if (payment === undefined) return [];
    const contract = contractAt('PaymentContract', payment.contract);
    const cancellation = [payment.id, scene.random.pick(remarks.cancellation)] as const;
    return [callOf(contract, payment.payer, 'cancelPayment', cancellation, { claims: [claimOf(payment)] })];
  },
};

const dispute: Step = {
  name: 'dispute payment',
  weight: 1,
  causes: ['PaymentContract.DisputeInitiated'],
  plan(scene) {
    const { random } = scene;
    const payment = findPayment(scene, ({ payee }) => actorAt(scene, payee) !== undefined);
    if (payment === undefined) return [];
    const initiator = random.chance(0.7) ? payment.payer : payment.payee;
    const complaint = [
      payment.id,
      random.pick(remarks.dispute),
      `ipfs://bafkrei${random.bytes(16).slice(2)}`,
    ] as const;
    const contract = contractAt('PaymentContract', payment.contract);
    return [callOf(contract, initiator, 'initiateDispute', complaint, { claims: [claimOf(payment)] })];
  },
};

const resolve: Step = {
  name: 'resolve dispute',
  weight: 2,
  causes: ['PaymentContract.DisputeResolved', 'PaymentContract.PaymentCompleted'],
  plan(scene) {
    const { random, world, cast } = scene;
    if (!isTokenOpen(scene)) return [];
    const found = random.find(world.payments.disputes(), ({ payment }) => isOpen(scene, payment.contract));
    if (found === undefined) return [];
    const verdict = [found.id, random.chance(0.5), random.pick(remarks.resolution)] as const;
    const contract = contractAt('PaymentContract', found.payment.contract);
    const claims = [claimOf(found.payment)];
    return [callOf(contract, cast.arbiter.address, 'resolveDispute', verdict, { claims })];
  },
};

export const paymentSteps: readonly Step[] = [
  escrow,
  milestones,
  completeMilestone,
  release,
  cancel,
  dispute,
  resolve,
];
