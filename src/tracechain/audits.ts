/** Every area that is audited. */
import type { Area } from '../engine/projection/projection.ts';
import type { AreaAudit, EveryTablesAudit } from '../engine/audit/expectations/area-audit.ts';
import { administration } from './administration/audit.ts';
import { certificates } from './certificates/audit.ts';
import { compliance } from './compliance/audit.ts';
import { payments } from './payments/audit.ts';
import { products } from './products/audit.ts';
import { rewards } from './rewards/audit.ts';
import { staking } from './staking/audit.ts';
import { token } from './token/audit.ts';

/** An area that has no audit is a type error here. */
const audits: { readonly [Name in Area]: AreaAudit } = {
  products,
  certificates,
  token,
  staking,
  payments,
  rewards,
  compliance,
  administration,
};

export const allAreas: readonly AreaAudit[] = Object.values(audits);

/** A chain-derived table that is in no area’s audit is a type error here. */
export const tableAudits: EveryTablesAudit = {
  ...products.tables,
  ...certificates.tables,
  ...token.tables,
  ...staking.tables,
  ...payments.tables,
  ...rewards.tables,
  ...compliance.tables,
  ...administration.tables,
};
