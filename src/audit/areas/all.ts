/** Every area that is audited. */
import type { AreaAudit } from '../claim.ts';
import { administration } from './administration.ts';
import { certificates } from './certificates.ts';
import { compliance } from './compliance.ts';
import { payments } from './payments.ts';
import { products } from './products.ts';
import { rewards } from './rewards.ts';
import { staking } from './staking.ts';
import { token } from './token.ts';

export const allAreas: readonly AreaAudit[] = [
  products,
  certificates,
  token,
  staking,
  payments,
  rewards,
  compliance,
  administration,
];
