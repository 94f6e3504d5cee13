/** Every area's projection, in the order in which they handle an event; the contracts whose events they handle are registered with them. */
import { registerTraceChain } from '../tracechain/register.ts';
import { administration } from './administration/administration.ts';
import { certificates } from './certificates/certificates.ts';
import { compliance } from './compliance/compliance.ts';
import { ProjectionSet } from './fold/fold.ts';
import { payments } from './payments/payments.ts';
import { products } from './products/products.ts';
import { rewards } from './rewards/rewards.ts';
import { staking } from './staking/staking.ts';
import { token } from './token/token.ts';

registerTraceChain();

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

declare module '../engine/register.ts' {
  interface Register {
    area:
      | 'products'
      | 'certificates'
      | 'token'
      | 'staking'
      | 'payments'
      | 'rewards'
      | 'compliance'
      | 'administration';
  }
}
