import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, zeroAddress } from '../../src/primitives/hex.ts';
import { userId } from '../../src/primitives/ids.ts';
import { token } from '../../src/tracechain/token/projection.ts';
import {
  addressOf,
  block,
  blocksOf,
  chainOf,
  event,
  type EventDescription,
  expectSameInAnyBatches,
  foldBlocks,
} from './support/chain.ts';
import type { FoldedRows } from './support/folded-rows.ts';

const contract = addressOf('TraceToken');
const alice = addressOf('alice');
const bob = addressOf('bob');
const largest = 2n ** 256n - 1n;

function transfer(from: Address, to: Address, value: bigint): EventDescription {
  return event('TraceToken', 'Transfer', { from, to, value });
}

const noStake = { source: 'none', staking: null, constants: null } as never;

function staked(staker: Address, amount: bigint): EventDescription {
  return event('TraceToken', 'TokensStaked', { staker, amount }, { answer: noStake });
}

function rewarded(recipient: Address, amount: bigint): EventDescription {
  return event('TraceToken', 'RewardDistributed', { recipient, amount, category: 'quality' });
}

function folded(...transactions: readonly (readonly EventDescription[])[]): FoldedRows {
  return foldBlocks([token], chainOf(...transactions.map((transaction) => block(transaction))));
}

function balances(rows: FoldedRows): Record<Address, bigint> {
  return Object.fromEntries(rows.rows('tokenBalances').map(({ address, balance }) => [address, balance]));
}

function types(rows: FoldedRows): string[] {
  return rows
    .rows('traceTokenTransactions')
    .toSorted((left, right) => left.blockNumber - right.blockNumber || left.logIndex - right.logIndex)
    .map(({ transactionType }) => transactionType);
}

describe('a transfer', () => {
  test('is one movement, and changes both balances', () => {
    const rows = folded(
      [transfer(zeroAddress, alice, 100n)],
      [transfer(alice, bob, 30n)],
      [transfer(bob, zeroAddress, 10n)],
    );
    expect(types(rows)).toEqual(['mint', 'transfer', 'burn']);
    expect(balances(rows)).toEqual({ [alice]: 70n, [bob]: 20n });
  });

  test('is its recipient’s, and its sender’s where it is burnt', () => {
    const rows = folded([transfer(zeroAddress, alice, 5n)], [transfer(alice, zeroAddress, 5n)]);
    expect(rows.rows('traceTokenTransactions').map(({ userId: user }) => user)).toEqual([
      userId(alice),
      userId(alice),
    ]);
  });

  test('to oneself moves nothing', () => {
    expect(balances(folded([transfer(zeroAddress, alice, 5n)], [transfer(alice, alice, 3n)]))).toEqual({
      [alice]: 5n,
    });
  });

  test('whose sum no column holds is quarantined, and what came before stays', () => {
    const flood = Array.from({ length: 10 }, () => [transfer(zeroAddress, alice, largest)]);
    const rows = folded(...flood);
    expect(rows.quarantined.length).toBeGreaterThan(0);
    expect(rows.rows('traceTokenTransactions')).toHaveLength(10 - rows.quarantined.length);
    expect(balances(rows)[alice]).toBe(largest * BigInt(10 - rows.quarantined.length));
  });
});

describe('an event that names a movement', () => {
  test('names the transfer before it: one movement, one row, the staker’s', () => {
    const rows = folded(
      [transfer(zeroAddress, alice, 100n)],
      [transfer(alice, contract, 40n), staked(alice, 40n)],
    );
    expect(types(rows)).toEqual(['mint', 'stake']);
    expect(
      rows.rows('traceTokenTransactions').filter(({ transactionType }) => transactionType === 'stake'),
    ).toMatchObject([{ userId: userId(alice), amount: 40n, fromAddress: alice, toAddress: contract }]);
    expect(balances(rows)).toEqual({ [alice]: 60n, [contract]: 40n });
  });

  test('names the nearest of equal transfers, each only once', () => {
    const rows = folded([
      transfer(contract, alice, 7n),
      transfer(contract, alice, 7n),
      rewarded(alice, 7n),
      event('TraceToken', 'TokensUnstaked', { staker: alice, amount: 7n }, { answer: noStake }),
    ]);
    expect(types(rows)).toEqual(['unstake', 'reward']);
  });

  test('keeps the category of a reward', () => {
    const rows = folded([transfer(contract, alice, 7n), rewarded(alice, 7n)]);
    expect(rows.only('traceTokenTransactions')).toMatchObject({
      transactionType: 'reward',
      metadata: { category: 'quality' },
    });
  });

  test('stands alone where no transfer is its own, and changes no balance', () => {
    const rows = folded([transfer(bob, alice, 7n), rewarded(alice, 7n)]);
    expect(types(rows)).toEqual(['transfer', 'reward']);
    expect(balances(rows)).toEqual({ [bob]: -7n, [alice]: 7n });
  });

  test('never reaches into another transaction', () => {
    const rows = folded([transfer(alice, contract, 40n)], [staked(alice, 40n)]);
    expect(types(rows)).toEqual(['transfer', 'stake']);
    expect(balances(rows)).toEqual({ [alice]: -40n, [contract]: 40n });
  });
});

test('a new vesting schedule replaces the old one of the same beneficiary', () => {
  const created = (amount: bigint, released: bigint): EventDescription =>
    event(
      'TraceToken',
      'VestingScheduleCreated',
      { beneficiary: alice, amount, duration: 100n },
      {
        answer: {
          source: 'state',
          schedule: { totalAmount: amount, released, startTime: 5n, duration: 100n, isRevocable: true },
        },
      },
    );
  const rows = folded([created(10n, 0n)], [created(20n, 1n)]);
  expect(rows.only('vestingSchedules')).toMatchObject({
    totalAmount: 20n,
    releasedAmount: 1n,
    startTime: 5n,
    isRevocable: true,
  });
});

test('any division of the same events into batches gives the same rows, and balances add up to what was minted less what was burnt', () => {
  const wallets = fc.constantFrom(alice, bob, contract, zeroAddress);
  const holders = fc.constantFrom(alice, bob);
  const amounts = fc.oneof(fc.bigInt(0n, 5n), fc.constant(largest));
  const events = fc.oneof(
    fc.tuple(wallets, wallets, amounts).map(([from, to, value]) => transfer(from, to, value)),
    fc.tuple(holders, amounts).map(([staker, amount]) => staked(staker, amount)),
    fc.tuple(holders, amounts).map(([recipient, amount]) => rewarded(recipient, amount)),
  );
  expectSameInAnyBatches([token], blocksOf(events));
  fc.assert(
    fc.property(blocksOf(events), (blocks) => {
      const rows = foldBlocks([token], chainOf(...blocks));
      const held = rows.rows('tokenBalances').reduce((sum, { balance }) => sum + balance, 0n);
      const supply = rows.rows('traceTokenTransactions').reduce((sum, { amount, fromAddress, toAddress }) => {
        return sum + (fromAddress === zeroAddress ? amount : 0n) - (toAddress === zeroAddress ? amount : 0n);
      }, 0n);
      expect(held).toBe(supply);
    }),
  );
});
