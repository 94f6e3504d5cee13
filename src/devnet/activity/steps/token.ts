import type { Address } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { rewardCategories } from '../vocabulary.ts';
import { actorAt, oneTokenWei, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

const stakingLockSeconds = 7n * 86_400n;

function tokenOf(scene: Scene) {
  const token = openContract(scene, 'TraceToken');
  return token && { owner: token.owner, ...contractAt('TraceToken', token.address) };
}

/** Each account's tokens move at most once per round, so that its balance is known when it spends them. */
function holderClaim(holder: Address): string {
  return `tokens:${holder}`;
}

const transfer: Step = {
  name: 'transfer tokens',
  weight: 4,
  causes: ['TraceToken.Transfer'],
  plan(scene) {
    const { random, cast, world } = scene;
    const token = tokenOf(scene);
    const people = [...cast.shops, ...cast.consumers, ...cast.makers];
    const sender = random.find(people, ({ address }) => world.token.balanceWei(address) > 500n * oneTokenWei);
    if (token === undefined || sender === undefined) return [];
    const recipient = random.pick(people.filter((person) => person !== sender)).address;
    // Occasionally with all decimals of the token.
    const amountWei =
      BigInt(random.integer(1, 400)) * (random.chance(0.3) ? 1_234567890123456789n / 4n : oneTokenWei);
    const claims = [holderClaim(sender.address)];
    return [callOf(token, sender.address, 'transfer', [recipient, amountWei], { claims })];
  },
};

const approve: Step = {
  name: 'approve tokens',
  weight: 0.5,
  causes: ['TraceToken.Approval'],
  plan(scene) {
    const token = tokenOf(scene);
    if (token === undefined) return [];
    const { random, cast } = scene;
    const allowance = [cast.arbiter.address, BigInt(random.integer(0, 90)) * oneTokenWei] as const;
    return [callOf(token, random.pick(cast.consumers).address, 'approve', allowance)];
  },
};

/** Staking again adds to the stake, pays the earned rewards, and restarts the lock of the whole stake. */
const stake: Step = {
  name: 'stake',
  weight: 2.5,
  causes: ['TraceToken.TokensStaked', 'TraceToken.Transfer'],
  plan(scene) {
    const { random, cast, world } = scene;
    const token = tokenOf(scene);
    const amountWei = BigInt(random.integer(1000, 6000)) * oneTokenWei;
    const staker = random.find(
      [...cast.consumers, ...cast.shops, ...cast.carriers],
      ({ address }) => world.token.balanceWei(address) > 2n * amountWei,
    );
    if (token === undefined || staker === undefined) return [];
    return [callOf(token, staker.address, 'stake', [amountWei], { claims: [holderClaim(staker.address)] })];
  },
};

const unstake: Step = {
  name: 'unstake',
  weight: 4,
  causes: ['TraceToken.TokensUnstaked', 'TraceToken.StakingRewardsClaimed'],
  plan(scene) {
    const { random, world } = scene;
    const token = tokenOf(scene);
    const unlocked = random.find(
      world.token.stakes(),
      ({ staker, since }) => actorAt(scene, staker) !== undefined && world.time >= since + stakingLockSeconds,
    );
    if (token === undefined || unlocked === undefined) return [];
    const { staker, amountWei } = unlocked;
    const part = random.chance(0.5) ? amountWei : amountWei / 2n;
    return [callOf(token, staker, 'unstake', [part], { claims: [holderClaim(staker)] })];
  },
};

const claim: Step = {
  name: 'claim staking reward',
  weight: 1.5,
  causes: ['TraceToken.StakingRewardsClaimed'],
  plan(scene) {
    const { random, world } = scene;
    const token = tokenOf(scene);
    const stakes = world.token.stakes();
    const earning = random.find(
      stakes,
      ({ staker, since }) => actorAt(scene, staker) !== undefined && world.time > since + 3600n,
    );
    if (token === undefined || earning === undefined) return [];
    return [
      callOf(token, earning.staker, 'claimStakingRewards', [], { claims: [holderClaim(earning.staker)] }),
    ];
  },
};

const distribute: Step = {
  name: 'distribute reward',
  weight: 1.5,
  causes: ['TraceToken.RewardDistributed'],
  plan(scene) {
    const { random, cast } = scene;
    const token = tokenOf(scene);
    if (token === undefined) return [];
    const recipient = random.pick([...cast.consumers, ...cast.makers, ...cast.carriers]).address;
    const amountWei = BigInt(random.integer(5, 80)) * oneTokenWei;
    const category = random.pick(rewardCategories);
    return [callOf(token, token.owner, 'distributeReward', [recipient, amountWei, category])];
  },
};

/** A beneficiary has one schedule at a time. */
const vest: Step = {
  name: 'vest',
  weight: 1,
  causes: ['TraceToken.VestingScheduleCreated'],
  plan(scene) {
    const { random, cast, world } = scene;
    const token = tokenOf(scene);
    const beneficiary = random.find([...cast.makers, ...cast.auditors, ...cast.carriers], ({ address }) => {
      const current = world.token.vesting(address);
      return current === undefined || current.releasedWei === current.totalWei;
    });
    if (token === undefined || beneficiary === undefined) return [];
    const amountWei = BigInt(random.integer(2, 40)) * 1000n * oneTokenWei;
    const duration = BigInt(random.integer(2, 60)) * 86_400n;
    const claims = [`vesting:${beneficiary.address}`, holderClaim(token.owner)];
    const schedule = [beneficiary.address, amountWei, duration, random.chance(0.4)] as const;
    return [callOf(token, token.owner, 'createVestingSchedule', schedule, { claims })];
  },
};

const release: Step = {
  name: 'release vested tokens',
  weight: 1.5,
  causes: ['TraceToken.TokensReleased'],
  plan(scene) {
    const { random, world } = scene;
    const token = tokenOf(scene);
    const due = random.find(
      world.token.vestings(),
      (vesting) =>
        actorAt(scene, vesting.beneficiary) !== undefined &&
        vesting.releasedWei < vesting.totalWei &&
        world.time > vesting.startTime + 3600n,
    );
    if (token === undefined || due === undefined) return [];
    const claims = [`vesting:${due.beneficiary}`];
    return [callOf(token, due.beneficiary, 'releaseVestedTokens', [due.beneficiary], { claims })];
  },
};

export const tokenSteps: readonly Step[] = [
  transfer,
  approve,
  stake,
  unstake,
  claim,
  distribute,
  vest,
  release,
];
