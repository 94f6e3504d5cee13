/** Every area's projection, in the order in which they handle an event; the contracts whose events they handle are registered with them. */
import { registerTraceChain } from './register.ts';
import { administration } from './administration/projection.ts';
import { certificates } from './certificates/projection.ts';
import { compliance } from './compliance/projection.ts';
import { ProjectionSet } from '../engine/projection/fold.ts';
import { payments } from './payments/projection.ts';
import { products } from './products/projection.ts';
import { rewards } from './rewards/projection.ts';
import { staking } from './staking/projection.ts';
import { token } from './token/projection.ts';

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
