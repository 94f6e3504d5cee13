/** What the deployed token, payments and rewards do and their interface alone doesn't show: the fixtures do the same. */
import { parseEther } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as abis from '../../abis/index.ts';
import { toAddress } from '../../src/primitives/hex.ts';
import { argumentsOf, callTo, silentSuccess, startFixtureChain } from './fixture-chain.ts';
import type { FixtureChain } from './fixture-chain.ts';

let chain: FixtureChain;
beforeAll(async () => {
  chain = await startFixtureChain();
});
afterAll(async () => {
  await chain.stop();
});

const secondsPerDay = 86_400;

describe('TraceToken', () => {
  const abi = abis.traceTokenAbi;
  const token = () => chain.addresses.traceToken;
  const stake = () => chain.transact(chain.alice, callTo(token(), abi, 'stake', [parseEther('1000')]));

  it('mints in its constructor', async () => {
    const logs = await chain.publicClient.getContractEvents({
      address: token(),
      abi,
      eventName: 'Transfer',
      args: { from: `0x${'0'.repeat(40)}` },
      fromBlock: 0n,
    });
    expect(logs.map((log) => log.args.to?.toLowerCase())).toEqual([
      chain.owner.address.toLowerCase(),
      token(),
    ]);
    expect(new Set(logs.map((log) => log.transactionHash)).size).toBe(1);
  });

  it('stakes, stakes again with the reward paid first, and unstakes after the restarted lock', async () => {
    await chain.transact(
      chain.owner,
      callTo(token(), abi, 'transfer', [chain.alice.address, parseEther('5000')]),
    );
    expect((await stake()).events).toEqual(['Transfer', 'TokensStaked']);
    await chain.passTime(6 * secondsPerDay);
    expect((await stake()).events).toEqual(['Transfer', 'StakingRewardsClaimed', 'Transfer', 'TokensStaked']);
    await chain.passTime(6 * secondsPerDay);
    const unstake = callTo(token(), abi, 'unstake', [parseEther('2000')]);
    expect((await chain.transact(chain.alice, unstake)).status).toBe('reverted');
    await chain.passTime(secondsPerDay);
    const unstaked = await chain.transact(chain.alice, unstake);
    expect(unstaked.events).toEqual(['Transfer', 'StakingRewardsClaimed', 'Transfer', 'TokensUnstaked']);
  });

  it('moves rewards and vested tokens before it names them', async () => {
    const reward = callTo(token(), abi, 'distributeReward', [chain.alice.address, 5n, 'bonus']);
    expect((await chain.transact(chain.owner, reward)).events).toEqual(['Transfer', 'RewardDistributed']);
    const schedule = callTo(token(), abi, 'createVestingSchedule', [
      chain.bob.address,
      1_000_000n,
      1_000n,
      true,
    ]);
    expect((await chain.transact(chain.owner, schedule)).events).toEqual([
      'Transfer',
      'VestingScheduleCreated',
    ]);
    await chain.passTime(500);
    const release = callTo(token(), abi, 'releaseVestedTokens', [chain.bob.address]);
    expect((await chain.transact(chain.bob, release)).events).toEqual(['Transfer', 'TokensReleased']);
  });
});

describe('PaymentContract', () => {
  const abi = abis.paymentContractAbi;
  const payments = () => chain.addresses.paymentContract;
  const escrowed = async () =>
    await chain.publicClient.readContract({
      address: chain.addresses.traceToken,
      abi: abis.traceTokenAbi,
      functionName: 'balanceOf',
      args: [payments()],
    });
  const createEscrow = async (): Promise<bigint> => {
    const creation = callTo(payments(), abi, 'createEscrowPayment', [
      chain.bob.address,
      10_000n,
      7n,
      0n,
      '',
      '',
    ]);
    const outcome = await chain.transact(chain.owner, creation);
    expect(outcome.events.filter((event) => event !== 'Approval')).toEqual(['Transfer', 'PaymentCreated']);
    return BigInt(String(argumentsOf(outcome.logs.at(-1))['paymentId']));
  };

  beforeAll(async () => {
    const approval = callTo(chain.addresses.traceToken, abis.traceTokenAbi, 'approve', [
      payments(),
      parseEther('1'),
    ]);
    await chain.transact(chain.owner, approval);
  });

  it('takes the fee on top, and gives it back when it is cancelled', async () => {
    const paymentId = await createEscrow();
    expect(await escrowed()).toBe(10_250n);
    const cancelled = await chain.transact(
      chain.owner,
      callTo(payments(), abi, 'cancelPayment', [paymentId, 'changed']),
    );
    expect(cancelled.events).toEqual(['Transfer', 'PaymentCancelled']);
    expect(await escrowed()).toBe(0n);
  });

  it('announces milestones before their payment, and its completion with the last of them', async () => {
    const milestones = [
      ['design', 'delivery'],
      [300n, 700n],
    ] as const;
    const created = await chain.transact(
      chain.owner,
      callTo(payments(), abi, 'createMilestonePayment', [chain.bob.address, 1_000n, 7n, 0n, ...milestones]),
    );
    expect(created.events).toEqual(['Transfer', 'MilestoneCreated', 'MilestoneCreated', 'PaymentCreated']);
    const paymentId = BigInt(String(argumentsOf(created.logs.at(-1))['paymentId']));
    const complete = (milestoneId: bigint) =>
      chain.transact(
        chain.owner,
        callTo(payments(), abi, 'completeMilestone', [paymentId, milestoneId, 'done']),
      );
    expect((await complete(0n)).events).toEqual(['Transfer', 'MilestoneCompleted']);
    expect((await complete(1n)).events).toEqual([
      'Transfer',
      'MilestoneCompleted',
      'Transfer',
      'PaymentCompleted',
    ]);
  });

  it.each([true, false])('completes a disputed payment whoever wins (payer: %s)', async (favorPayer) => {
    const paymentId = await createEscrow();
    const dispute = callTo(payments(), abi, 'initiateDispute', [paymentId, 'late', 'ipfs://evidence']);
    const initiated = await chain.transact(chain.bob, dispute);
    expect(initiated.events).toEqual(['DisputeInitiated']);
    const disputeId = BigInt(String(argumentsOf(initiated.logs[0])['disputeId']));
    const resolution = callTo(payments(), abi, 'resolveDispute', [disputeId, favorPayer, 'settled']);
    const resolved = await chain.transact(chain.owner, resolution);
    const own = resolved.events.filter((event) => event !== 'Transfer');
    expect(own).toEqual(['DisputeResolved', 'PaymentCompleted']);
    expect(await escrowed()).toBe(0n);
  });

  it('loses escrowed money by an emergency withdrawal with no event of its own', async () => {
    await createEscrow();
    const { traceToken } = chain.addresses;
    const withdrawal = callTo(payments(), abi, 'emergencyWithdraw', [traceToken, 10_250n]);
    const outcome = await chain.transact(chain.owner, withdrawal);
    expect(outcome.logs.map((log) => toAddress(log.address))).toEqual([traceToken]);
    expect(outcome.events).toEqual(['Transfer']);
  });
});

describe('RewardsDistributor', () => {
  const abi = abis.rewardsDistributorAbi;
  const distributor = () => chain.addresses.rewardsDistributor;

  it('accrues by category and pays through the token', async () => {
    const action = callTo(distributor(), abi, 'processUserAction', [
      chain.alice.address,
      'checkpoint_added',
      '0x',
    ]);
    expect((await chain.transact(chain.owner, action)).events).toEqual(['RewardAccrued']);
    const claimed = await chain.transact(chain.alice, callTo(distributor(), abi, 'claimRewards', []));
    expect(claimed.events).toEqual(['Transfer', 'RewardDistributed', 'RewardsClaimed']);
    expect(argumentsOf(claimed.logs[2])).toMatchObject({ amount: parseEther('5') });
  });

  it('flags whoever acts more than 20 times in a block', async () => {
    const actions = Array.from({ length: 21 }, () => 'checkpoint_added');
    const users = actions.map(() => chain.bob.address);
    const metadata = actions.map(() => '0x' as const);
    const batch = callTo(distributor(), abi, 'batchProcessActions', [users, actions, metadata]);
    const outcome = await chain.transact(chain.owner, batch);
    expect(outcome.events.slice(19)).toEqual(['RewardAccrued', 'SuspiciousActivityDetected']);
  });

  it('accrues nothing in a category that is off', async () => {
    const action = callTo(distributor(), abi, 'processUserAction', [chain.alice.address, 'nonsense', '0x']);
    expect(await chain.transact(chain.owner, action)).toEqual(silentSuccess);
  });
});
