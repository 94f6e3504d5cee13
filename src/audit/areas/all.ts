/** Every area that is audited. */
import type { Area } from '../../projections/fold/projection.ts';
import type { AreaAudit, EveryTablesAudit } from '../area-audit.ts';
import { administration } from './administration.ts';
import { certificates } from './certificates.ts';
import { compliance } from './compliance.ts';
import { payments } from './payments.ts';
import { products } from './products.ts';
import { rewards } from './rewards.ts';
import { staking } from './staking.ts';
import { token } from './token.ts';

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
