/** Reward points: the events of a RewardsDistributor. */
import { rewardsDistributor } from './contract.ts';

export const name = 'rewards';
export const contracts = { RewardsDistributor: rewardsDistributor };
export * as tables from './tables.ts';
export { rewards as projection } from './projection.ts';
export { rewards as audit } from './audit.ts';
