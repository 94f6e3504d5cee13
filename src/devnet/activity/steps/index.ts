import { accessControlSteps } from './access-control.ts';
import { administrationSteps } from './administration.ts';
import { certificateSteps } from './certificates.ts';
import { complianceSteps } from './compliance.ts';
import { factorySteps } from './factories.ts';
import { pauseSteps } from './pauses.ts';
import { paymentSteps } from './payments.ts';
import { productSteps } from './products.ts';
import { rewardSteps } from './rewards.ts';
import type { Step } from './step.ts';
import { tokenSteps } from './token.ts';

/** All steps of the devnet's activity. */
export const steps: readonly Step[] = [
  ...productSteps,
  ...certificateSteps,
  ...tokenSteps,
  ...paymentSteps,
  ...rewardSteps,
  ...complianceSteps,
  ...factorySteps,
  ...administrationSteps,
  ...accessControlSteps,
  ...pauseSteps,
];
