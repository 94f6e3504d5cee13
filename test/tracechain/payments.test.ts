import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventArguments } from '../../src/engine/contract/kind.ts';
import type {
  DisputeState,
  MilestoneState,
  PaymentAnswer,
  PaymentCreatedAnswer,
  PaymentMovedAnswer,
  PaymentState,
} from '../../src/tracechain/payments/contract.ts';
import { type Address, zeroAddress } from '../../src/primitives/hex.ts';
import { userId } from '../../src/primitives/ids.ts';
import { payments } from '../../src/tracechain/payments/projection.ts';
import {
  addressOf,
  block,
  blocksOf,
  chainOf,
  event,
  type EventDescription,
  expectSameInAnyBatches,
  firstBlockTime,
  foldBlocks,
} from './support/chain.ts';

const contract = addressOf('PaymentContract');
const token = addressOf('TraceToken');
const payer = addressOf('payer');
const payee = addressOf('payee');
const platform = addressOf('platform');
const arbitrator = addressOf('arbitrator');

const amount = 1000n;
const fee = 25n;

function stateOf(changes: Partial<PaymentState> = {}): PaymentState {
  return {
    payer,
    payee,
    amount,
    productId: 7n,
    paymentType: 'escrow',
    isCompleted: false,
    isDisputed: false,
    isCancelled: false,
    createdDate: firstBlockTime,
    dueDate: 0n,
    releaseDate: 0n,
    conditions: 'on delivery',
    metadata: 'order 9',
    ...changes,
  };
}

function milestoneOf(number: bigint, milestoneAmount: bigint, deliverables = ''): MilestoneState {
  return {
    milestoneId: number,
    description: `step ${number}`,
    amount: milestoneAmount,
    isCompleted: false,
    dueDate: 0n,
    deliverables,
  };
}

const unread: PaymentAnswer = { source: 'none', payment: null, milestones: null };

function readPayment(state: PaymentState, milestones: readonly MilestoneState[] = []): PaymentAnswer {
  return { source: 'state', payment: state, milestones };
}

interface Options {
  readonly id?: bigint;
  readonly answer?: PaymentAnswer;
  readonly sender?: Address | null;
}

function moved({ answer = unread, sender = payer }: Options): PaymentMovedAnswer {
  return { ...answer, sender };
}

function created(
  args: Partial<EventArguments<'PaymentContract', 'PaymentCreated'>> = {},
  answer: Partial<PaymentCreatedAnswer> = {},
) {
  return event(
    'PaymentContract',
    'PaymentCreated',
    { paymentId: 1n, payer, payee, amount, paymentType: 'escrow', ...args },
    { answer: { ...unread, token, currency: 'TRACE', ...answer } },
  );
}

function milestoneCreated(milestoneId: bigint, milestoneAmount: bigint, answer: PaymentAnswer = unread) {
  const args = { paymentId: 1n, milestoneId, amount: milestoneAmount };
  return event('PaymentContract', 'MilestoneCreated', args, { answer });
}

function milestoneCompleted(milestoneId: bigint, options: Options = {}) {
  const args = { paymentId: options.id ?? 1n, milestoneId };
  return event('PaymentContract', 'MilestoneCompleted', args, { answer: moved(options) });
}

function completed(options: Options = {}) {
  const args = { paymentId: options.id ?? 1n, amount };
  return event('PaymentContract', 'PaymentCompleted', args, { answer: moved(options) });
}

function cancelled(options: Options = {}) {
  const args = { paymentId: options.id ?? 1n, reason: 'no need' };
  return event('PaymentContract', 'PaymentCancelled', args, { answer: moved(options) });
}

function disputed(disputeId = 1n, paymentId = 1n, dispute: DisputeState | null = null) {
  const args = { disputeId, paymentId, initiator: payer };
  return event('PaymentContract', 'DisputeInitiated', args, {
    answer: { source: dispute === null ? 'none' : 'state', dispute },
  });
}

function resolved(
  favorPayer: boolean,
  dispute: DisputeState | null = null,
  payment: PaymentState | null = null,
) {
  const args = { disputeId: 1n, favorPayer, resolution: 'settled' };
  return event('PaymentContract', 'DisputeResolved', args, {
    answer: { source: dispute === null ? 'none' : 'state', dispute, payment, milestones: null },
  });
}

function transfer(from: Address, to: Address, value: bigint, address = token) {
  return event('TraceToken', 'Transfer', { from, to, value }, { address });
}

/** Each argument is a block of one transaction. */
function fold(...transactions: readonly (EventDescription | readonly EventDescription[])[]) {
  return foldBlocks([payments], chainOf(...transactions.map((one) => block(one))));
}

/** The movements of a fold, deposits last, in an order that does not depend on ids. */
function movements(folded: ReturnType<typeof fold>) {
  return folded
    .rows('escrowTransactions')
    .toSorted((left, right) => left.blockNumber - right.blockNumber || left.logIndex - right.logIndex)
    .map(({ kind, amount: moving, milestoneId, metadata }) => ({
      kind,
      amount: moving,
      milestoneId,
      metadata,
    }));
}

const plain = { milestoneId: null, metadata: null };
const deposit = { kind: 'deposit', amount: amount + fee, ...plain };
const feePaid = { fee: '0.000000000000000025' };

/** An escrow payment in the fixture's order of events: the token's transfer, then the payment's creation. */
const opening = [transfer(payer, contract, amount + fee), created()];

describe('a payment', () => {
  test('is a row with what the contract answers, what it was paid in and the fee', () => {
    const folded = fold([
      transfer(payer, contract, amount + fee),
      created({}, readPayment(stateOf({ dueDate: firstBlockTime + 9n }))),
    ]);
    expect(folded.only('paymentContracts')).toMatchObject({
      contractAddress: contract,
      paymentId: 1n,
      chainProductId: 7n,
      buyerId: userId(payer),
      sellerId: userId(payee),
      amount,
      feeAmount: fee,
      currency: 'TRACE',
      paymentType: 'escrow',
      status: 'pending',
      isDisputed: false,
      conditions: 'on delivery',
      createdAt: firstBlockTime,
      expiresAt: firstBlockTime + 9n,
      metadata: { text: 'order 9', token },
      smartContractAddress: contract,
      logIndex: 1,
    });
    expect(folded.users).toEqual(new Set([userId(payer), userId(payee)]));
    expect(folded.only('escrowTransactions')).toMatchObject({
      ...deposit,
      releasedAt: null,
      releasedBy: null,
      smartContractAddress: contract,
      logIndex: 1,
    });
  });

  test('is what its event says where the state cannot be read', () => {
    const folded = fold(created({ paymentType: 'milestone' }, { token: null, currency: null }));
    expect(folded.only('paymentContracts')).toMatchObject({
      amount,
      feeAmount: null,
      chainProductId: null,
      paymentType: 'milestone',
      expiresAt: null,
      metadata: { text: null, token: null },
    });
    expect(movements(folded)).toEqual([{ kind: 'deposit', amount, ...plain }]);
  });

  test('whose token could not be asked learns it from the deposit', () => {
    const folded = fold([transfer(payer, contract, amount), created({}, { token: null })]);
    expect(folded.only('paymentContracts')).toMatchObject({ feeAmount: 0n, metadata: { text: null, token } });
  });

  test('from before the indexed blocks is made from its state', () => {
    const answer = readPayment(stateOf({ createdDate: 5n, isCancelled: true }));
    const folded = fold(cancelled({ answer }));
    expect(folded.only('paymentContracts')).toMatchObject({ createdAt: 5n, status: 'cancelled' });
  });

  test('created twice is what was said last, with one deposit', () => {
    const folded = fold(created(), created({ amount: 5n }));
    expect(folded.only('paymentContracts').amount).toBe(5n);
    expect(movements(folded)).toEqual([{ kind: 'deposit', amount, ...plain }]);
  });

  test('that nobody created takes no effect', () => {
    const folded = fold(
      completed(),
      cancelled(),
      milestoneCompleted(0n),
      disputed(),
      milestoneCreated(0n, 1n),
    );
    expect(folded.rows('paymentContracts')).toEqual([]);
    expect(folded.quarantined).toHaveLength(5);
    expect(folded.quarantined[0]?.reason).toContain("payment 1 wasn't created");
  });
});

describe('an escrow', () => {
  test('is released to the payee, the fee beside it', () => {
    const release = [transfer(contract, payee, amount), transfer(contract, platform, fee), completed()];
    const folded = fold(opening, release);
    expect(movements(folded)).toEqual([
      deposit,
      { kind: 'release', amount, milestoneId: null, metadata: feePaid },
    ]);
    expect(folded.only('paymentContracts').status).toBe('confirmed');
    expect(folded.rows('escrowTransactions').find(({ kind }) => kind === 'release')).toMatchObject({
      releasedAt: firstBlockTime + 12n,
      releasedBy: userId(payer),
    });
  });

  test('is refunded with its fee when it is cancelled', () => {
    const folded = fold(opening, [transfer(contract, payer, amount + fee), cancelled()]);
    expect(movements(folded)).toEqual([
      deposit,
      { kind: 'refund', amount: amount + fee, milestoneId: null, metadata: { reason: 'no need' } },
    ]);
    expect(folded.only('paymentContracts').status).toBe('cancelled');
  });

  test('of a token that is not indexed goes by its own numbers', () => {
    const folded = fold(created(), completed({ sender: null }), completed());
    expect(movements(folded)).toEqual([
      { kind: 'deposit', amount, ...plain },
      { kind: 'release', amount, ...plain },
    ]);
  });

  test('of an indexed token moves nothing without a transfer', () => {
    const folded = fold(opening, completed());
    expect(movements(folded)).toEqual([deposit]);
    expect(folded.only('paymentContracts').status).toBe('confirmed');
  });

  test('that the owner empties is not touched: nothing of the contract says which payment that was', () => {
    const folded = fold(opening, transfer(contract, arbitrator, amount + fee));
    expect(movements(folded)).toEqual([deposit]);
  });

  test('is found whether the contract pays before its event or after it', () => {
    const folded = fold(
      [created(), transfer(payer, contract, amount + fee)],
      [completed(), transfer(contract, payee, amount), transfer(contract, platform, fee)],
    );
    expect(movements(folded).map(({ kind, amount: moving }) => [kind, moving])).toEqual([
      ['deposit', amount + fee],
      ['release', amount],
    ]);
  });

  test('another token’s transfers are not its own', () => {
    const other = addressOf('other token');
    const folded = fold(
      [transfer(payer, contract, amount + fee), transfer(payer, contract, 5000n, other), created()],
      [transfer(contract, payee, amount), transfer(contract, payee, amount + fee, other), completed()],
    );
    expect(movements(folded).map(({ amount: moving }) => moving)).toEqual([amount + fee, amount]);
  });

  test('that pays another amount than was agreed shows what moved, if the transfer stands beside its event', () => {
    const administration = event('PaymentContract', 'ArbitratorAuthorized', { arbitrator, authorized: true });
    const folded = fold(
      opening,
      [transfer(payer, contract, amount + fee), created({ paymentId: 2n })],
      [completed(), administration, transfer(contract, payee, 500n), completed({ id: 2n })],
    );
    const release = folded.rows('escrowTransactions').find(({ kind }) => kind === 'release');
    const paid = folded.rows('paymentContracts').find(({ paymentId }) => paymentId === 2n);
    expect(release).toMatchObject({ amount: 500n, paymentContractId: paid?.id });
  });

  test.each([
    ['before', [0, 1, 2, 3, 4, 5]],
    ['after', [2, 0, 1, 5, 3, 4]],
  ])('several in one transaction share no transfer, paid %s the event', (_, order) => {
    const second = { paymentId: 2n };
    const events = [
      [transfer(contract, payee, amount), transfer(contract, platform, fee), completed()],
      [transfer(contract, payee, amount), transfer(contract, platform, fee), completed({ id: 2n })],
    ].flat();
    const folded = fold(
      [...opening, transfer(payer, contract, amount + fee), created(second)],
      order.flatMap((position) => events[position] ?? []),
    );
    const releases = folded.rows('escrowTransactions').filter(({ kind }) => kind === 'release');
    expect(new Set(releases.map(({ paymentContractId }) => paymentContractId)).size).toBe(2);
    expect(releases.map(({ amount: moving }) => moving)).toEqual([amount, amount]);
    expect(releases.map(({ metadata }) => metadata)).toEqual([feePaid, feePaid]);
  });
});

const state = stateOf({ paymentType: 'milestone' });
const steps = readPayment(state, [milestoneOf(0n, 400n), milestoneOf(1n, 600n)]);
const milestoneOpening = [
  transfer(payer, contract, amount + fee),
  milestoneCreated(0n, 400n, steps),
  milestoneCreated(1n, 600n, steps),
  created({ paymentType: 'milestone' }, steps),
];
const bareOpening = [milestoneCreated(0n, 400n), milestoneCreated(1n, 600n), created()];

describe('milestones', () => {
  test('are announced before their payment, which is made by its own log', () => {
    const folded = fold(milestoneOpening);
    expect(folded.only('paymentContracts')).toMatchObject({
      logIndex: 3,
      changedLogIndex: null,
      feeAmount: fee,
    });
    expect(folded.journal.find(({ table }) => table === 'paymentContracts')?.logIndex).toBe(3);
    expect(
      folded.rows('paymentMilestones').toSorted((left, right) => left.logIndex - right.logIndex),
    ).toMatchObject([
      {
        milestoneId: 0n,
        amount: 400n,
        description: 'step 0',
        isCompleted: false,
        dueDate: null,
        logIndex: 1,
      },
      { milestoneId: 1n, amount: 600n, description: 'step 1', isCompleted: false, completedAt: null },
    ]);
    expect(movements(folded)).toEqual([deposit]);
  });

  test('are paid one by one; the last one completes the payment and is one movement', () => {
    const done = readPayment(state, [milestoneOf(0n, 400n, 'report'), milestoneOf(1n, 600n)]);
    const folded = fold(
      milestoneOpening,
      [transfer(contract, payee, 400n), milestoneCompleted(0n, { answer: done })],
      [
        transfer(contract, payee, 600n),
        milestoneCompleted(1n),
        transfer(contract, platform, fee),
        completed(),
      ],
    );
    expect(movements(folded)).toEqual([
      deposit,
      { kind: 'release', amount: 400n, milestoneId: 0n, metadata: null },
      { kind: 'release', amount: 600n, milestoneId: 1n, metadata: feePaid },
    ]);
    expect(folded.rows('paymentMilestones').map(({ isCompleted }) => isCompleted)).toEqual([true, true]);
    expect(folded.rows('paymentMilestones').find((one) => one.milestoneId === 0n)).toMatchObject({
      deliverables: 'report',
      completedAt: firstBlockTime + 12n,
    });
    expect(folded.only('paymentContracts').status).toBe('confirmed');
  });

  test('of the fee’s own amount are not the fee', () => {
    const folded = fold(
      [
        transfer(payer, contract, amount + fee),
        milestoneCreated(0n, amount - fee),
        milestoneCreated(1n, fee),
        created(),
      ],
      [
        transfer(contract, payee, amount - fee),
        milestoneCompleted(0n),
        transfer(contract, payee, fee),
        milestoneCompleted(1n),
        transfer(contract, platform, fee),
        completed(),
      ],
    );
    expect(movements(folded).slice(1)).toEqual([
      { kind: 'release', amount: amount - fee, milestoneId: 0n, metadata: null },
      { kind: 'release', amount: fee, milestoneId: 1n, metadata: feePaid },
    ]);
  });

  test('of a token that is not indexed go by their amounts', () => {
    const folded = fold(bareOpening, milestoneCompleted(0n), milestoneCompleted(0n), [
      milestoneCompleted(1n),
      completed(),
    ]);
    expect(movements(folded).map(({ amount: moving, milestoneId }) => [moving, milestoneId])).toEqual([
      [amount, null],
      [400n, 0n],
      [600n, 1n],
    ]);
  });

  test('that are open when the payment is cancelled are what is refunded', () => {
    const folded = fold(bareOpening, milestoneCompleted(0n), cancelled());
    expect(movements(folded).at(-1)).toMatchObject({ kind: 'refund', amount: 600n });
  });

  test('the last of one payment leaves the next payment’s transfer alone', () => {
    const folded = fold(
      milestoneOpening,
      [transfer(payer, contract, amount + fee), created({ paymentId: 2n })],
      [transfer(contract, payee, 400n), milestoneCompleted(0n)],
      [
        transfer(contract, payee, 600n),
        milestoneCompleted(1n),
        completed(),
        transfer(contract, payee, amount),
        completed({ id: 2n }),
      ],
    );
    expect(movements(folded).map(({ amount: moving }) => moving)).toEqual([
      amount + fee,
      amount + fee,
      400n,
      600n,
      amount,
    ]);
  });

  test('that the payment does not have cannot be completed', () => {
    const folded = fold(bareOpening, milestoneCompleted(9n));
    expect(folded.quarantined).toMatchObject([{ reason: 'payment 1 has no milestone 9' }]);
  });
});

describe('a dispute', () => {
  const opened: DisputeState = {
    disputeId: 1n,
    paymentId: 1n,
    initiator: payer,
    reason: 'late',
    evidence: 'photo',
    isResolved: false,
    arbitrator: zeroAddress,
    resolutionDate: 0n,
    favorPayer: false,
    resolution: '',
  };
  const settled = { ...opened, isResolved: true, arbitrator, resolutionDate: 99n, resolution: 'settled' };

  test('is a row with what the contract answers, and marks its payment', () => {
    const folded = fold(opening, disputed(1n, 1n, opened));
    expect(folded.only('paymentDisputes')).toMatchObject({
      paymentContractId: folded.only('paymentContracts').id,
      initiatorId: userId(payer),
      reason: 'late',
      evidence: 'photo',
      isResolved: false,
      arbitratorId: null,
      resolutionDate: null,
      favorPayer: false,
      createdAt: firstBlockTime + 12n,
    });
    expect(folded.only('paymentContracts').isDisputed).toBe(true);
  });

  test('for the payer is one refund', () => {
    const folded = fold(opening, disputed(), [
      resolved(true, { ...settled, favorPayer: true }, stateOf()),
      transfer(contract, payer, amount + fee),
      completed({ sender: null }),
    ]);
    expect(movements(folded)).toEqual([deposit, { kind: 'refund', amount: amount + fee, ...plain }]);
    expect(folded.only('paymentContracts')).toMatchObject({ status: 'cancelled', isDisputed: false });
    expect(folded.only('paymentDisputes')).toMatchObject({
      isResolved: true,
      arbitratorId: userId(arbitrator),
      favorPayer: true,
      resolutionDate: 99n,
      resolution: 'settled',
    });
    expect(folded.rows('escrowTransactions').find(({ kind }) => kind === 'refund')?.releasedBy).toBe(
      userId(arbitrator),
    );
  });

  test('for the payee is one release with its fee', () => {
    const folded = fold(opening, disputed(), [
      resolved(false, settled, stateOf()),
      transfer(contract, payee, amount),
      transfer(contract, platform, fee),
      completed({ sender: arbitrator }),
    ]);
    expect(movements(folded)).toEqual([
      deposit,
      { kind: 'release', amount, milestoneId: null, metadata: feePaid },
    ]);
    expect(folded.only('paymentContracts')).toMatchObject({ status: 'confirmed', isDisputed: false });
  });

  test.each([
    [true, 'refund', 'cancelled'],
    [false, 'release', 'confirmed'],
  ] as const)(
    'without state or transfers goes by its event (for the payer: %s)',
    (favorPayer, kind, status) => {
      const folded = fold(created(), disputed(), [resolved(favorPayer), completed()]);
      expect(movements(folded).at(-1)).toEqual({ kind, amount, ...plain });
      expect(folded.only('paymentContracts')).toMatchObject({ status, isDisputed: false });
      expect(folded.only('paymentDisputes')).toMatchObject({ isResolved: true, favorPayer });
    },
  );

  test('after a milestone gives back what is left', () => {
    const folded = fold(
      milestoneOpening,
      [transfer(contract, payee, 400n), milestoneCompleted(0n)],
      disputed(),
      [resolved(true), transfer(contract, payer, 600n + fee), completed()],
    );
    expect(movements(folded).at(-1)).toEqual({ kind: 'refund', amount: 600n + fee, ...plain });
  });

  test('that nobody opened, or of another payment, takes no effect', () => {
    const folded = fold(
      created(),
      created({ paymentId: 2n }),
      resolved(true),
      disputed(1n, 1n),
      disputed(1n, 2n),
    );
    expect(folded.quarantined.map(({ eventName }) => eventName)).toEqual([
      'DisputeResolved',
      'DisputeInitiated',
    ]);
  });
});

test('any batches give the same rows', () => {
  expect.hasAssertions();
  const ids = fc.bigInt({ min: 0n, max: 2n });
  const values = fc.constantFrom(0n, 400n, 600n, amount, amount + fee, 2n ** 256n - 1n);
  const parties = fc.constantFrom(payer, payee, platform, zeroAddress, contract);
  const answers = fc.constantFrom(unread, steps, readPayment(stateOf({ conditions: 'a\0' })));
  const senders = fc.constantFrom(payer, null);
  const tokens = fc.constantFrom(token, null);
  const options = fc.record({ id: ids, answer: answers, sender: senders });
  const events: fc.Arbitrary<EventDescription> = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(parties, parties, values).map((given) => transfer(...given)) },
    fc
      .tuple(ids, parties, parties, values, answers, tokens)
      .map(([paymentId, from, to, value, answer, paidIn]) =>
        created({ paymentId, payer: from, payee: to, amount: value }, { ...answer, token: paidIn }),
      ),
    fc.tuple(ids, values, answers).map((given) => milestoneCreated(...given)),
    fc.tuple(ids, options).map((given) => milestoneCompleted(...given)),
    options.map((given) => completed(given)),
    options.map((given) => cancelled(given)),
    fc.tuple(ids, ids).map((given) => disputed(...given)),
    fc.boolean().map((favorPayer) => resolved(favorPayer)),
  );
  expectSameInAnyBatches([payments], blocksOf(events));
});
