import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { rewardCategories } from '../vocabulary.ts';
import { actorAt, isOpen, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

/** The distributor flags a user with more actions than this in one block. */
const maximumActionsPerBlock = 20;

function distributorOf(scene: Scene) {
  const distributor = openContract(scene, 'RewardsDistributor');
  return distributor && contractAt('RewardsDistributor', distributor.address);
}

const accrue: Step = {
  name: 'accrue reward',
  weight: 4,
  causes: ['RewardsDistributor.RewardAccrued'],
  plan(scene) {
    const { random, cast } = scene;
    const distributor = distributorOf(scene);
    if (distributor === undefined) return [];
    const user = random.pick([...cast.makers, ...cast.carriers, ...cast.consumers]).address;
    const action = [user, random.pick(rewardCategories), random.bytes(8)] as const;
    return [callOf(distributor, cast.rewardsProcessor.address, 'processUserAction', action)];
  },
};

const accrueBatch: Step = {
  name: 'accrue rewards in a batch',
  weight: 1,
  causes: ['RewardsDistributor.RewardAccrued'],
  plan(scene) {
    const { random, cast } = scene;
    const distributor = distributorOf(scene);
    if (distributor === undefined) return [];
    const users = random.sample([...cast.makers, ...cast.consumers], random.integer(2, 5));
    const batch = [
      users.map(({ address }) => address),
      users.map(() => random.pick(rewardCategories)),
      users.map(() => random.bytes(4)),
    ] as const;
    return [callOf(distributor, cast.rewardsProcessor.address, 'batchProcessActions', batch)];
  },
};

const flood: Step = {
  name: 'flood with actions',
  weight: 0.05,
  causes: ['RewardsDistributor.SuspiciousActivityDetected'],
  plan(scene) {
    const { random, cast } = scene;
    const distributor = distributorOf(scene);
    if (distributor === undefined) return [];
    const user = random.pick(cast.consumers).address;
    const actions = Array.from({ length: maximumActionsPerBlock + 1 }, () => 'certificate_verified');
    const batch = [actions.map(() => user), actions, actions.map(() => '0x' as const)] as const;
    return [callOf(distributor, cast.rewardsProcessor.address, 'batchProcessActions', batch)];
  },
};

/** The distributor pays in the token, so neither may be paused. */
const claim: Step = {
  name: 'claim rewards',
  weight: 2,
  causes: ['RewardsDistributor.RewardsClaimed', 'TraceToken.RewardDistributed'],
  plan(scene) {
    const { random, world } = scene;
    const distributor = distributorOf(scene);
    const user = random.find(world.rewards.claimable(), (address) => actorAt(scene, address) !== undefined);
    if (distributor === undefined || user === undefined) return [];
    if (!isOpen(scene, world.contracts.first('TraceToken').address)) return [];
    return [callOf(distributor, user, 'claimRewards', [], { claims: [`rewards:${user}`] })];
  },
};

export const rewardSteps: readonly Step[] = [accrue, accrueBatch, flood, claim];
