/** Every area's projection, in the order in which they answer to an event. */
import { administration } from './administration.ts';
import { certificates } from './certificates.ts';
import { compliance } from './compliance.ts';
import { ProjectionSet } from './fold.ts';
import { payments } from './payments.ts';
import { products } from './products.ts';
import { rewards } from './rewards.ts';
import { staking } from './staking.ts';
import { token } from './token.ts';

export const allProjections = new ProjectionSet([
  products,
  certificates,
  token,
  staking,
  payments,
  rewards,
  compliance,
  administration,
]);
