import { pgEnum } from 'drizzle-orm/pg-core';

/** `other` means any text that is not one of the rest; another column has the contract's own spelling. */
export const productType = pgEnum('product_type', [
  'pharmaceutical',
  'electronics',
  'luxury',
  'food',
  'clothing',
  'cosmetics',
  'automotive',
  'agricultural',
  'other',
]);

/** `other` as for `product_type`. */
export const checkpointStatus = pgEnum('checkpoint_status', [
  'manufactured',
  'quality_checked',
  'packaged',
  'shipped',
  'in_transit',
  'received',
  'stored',
  'sold',
  'recalled',
  'disposed',
  'other',
]);

export const stakeholderRole = pgEnum('stakeholder_role', [
  'manufacturer',
  'distributor',
  'retailer',
  'consumer',
  'regulator',
  'auditor',
  'logistics',
  'quality_control',
]);

export const userTier = pgEnum('user_tier', ['free', 'premium', 'enterprise']);

export const transactionStatus = pgEnum('transaction_status', [
  'pending',
  'confirmed',
  'failed',
  'cancelled',
]);

/** A movement of TRACE. The last five are transfers that a more specific event names. */
export const tokenTransactionType = pgEnum('token_transaction_type', [
  'mint',
  'burn',
  'transfer',
  'stake',
  'unstake',
  'staking_reward',
  'reward',
  'vesting_release',
]);

export const escrowKind = pgEnum('escrow_kind', ['deposit', 'release', 'refund']);

export const complianceStatus = pgEnum('compliance_status', ['passed', 'failed']);

export const systemEventSeverity = pgEnum('system_event_severity', [
  'debug',
  'info',
  'warning',
  'error',
  'fatal',
]);
