import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core';
import {
  address,
  derivedId,
  instant,
  type JsonValue,
  provenance,
  provenanceCheck,
  uint256,
  uuidRef,
  wei,
} from './columns.ts';
import { escrowKind, transactionStatus } from './enums.ts';
import { products } from './products.ts';
import { users } from './users.ts';

/** One row a payment: a contract holds many. */
export const paymentContracts = pgTable(
  'payment_contracts',
  {
    id: derivedId(),
    contractAddress: address('contract_address').notNull(),
    paymentId: uint256('payment_id').notNull(),
    productId: uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
    chainProductId: uint256('chain_product_id'),
    buyerId: uuidRef('buyer_id').references(() => users.id),
    sellerId: uuidRef('seller_id').references(() => users.id),
    amount: wei('amount'),
    /** What the platform takes beyond the amount, where the deposit told it. */
    feeAmount: wei('fee_amount'),
    currency: text('currency'),
    paymentType: text('payment_type'),
    /** The payment's own: `confirmed` once paid out, `cancelled` once refunded or cancelled. It says nothing of finality. */
    status: transactionStatus('status').notNull(),
    isDisputed: boolean('is_disputed').notNull(),
    conditions: text('conditions'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    metadata: jsonb('metadata').$type<JsonValue>(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('payment_contracts'),
    unique('payment_contracts_contract_payment_key').on(
      table.chainId,
      table.smartContractAddress,
      table.paymentId,
    ),
    index('payment_contracts_contract_product_index').on(
      table.chainId,
      table.smartContractAddress,
      table.chainProductId,
    ),
    index('payment_contracts_contract_address_index').on(table.contractAddress),
    index('payment_contracts_product_id_index').on(table.productId),
    index('payment_contracts_buyer_id_index').on(table.buyerId),
    index('payment_contracts_seller_id_index').on(table.sellerId),
    index('payment_contracts_status_index').on(table.status),
    index('payment_contracts_metadata_index').using('gin', table.metadata.op('jsonb_path_ops')),
  ],
);

export const paymentMilestones = pgTable(
  'payment_milestones',
  {
    id: derivedId(),
    paymentContractId: uuidRef('payment_contract_id')
      .notNull()
      .references(() => paymentContracts.id),
    milestoneId: uint256('milestone_id').notNull(),
    description: text('description'),
    amount: wei('amount'),
    isCompleted: boolean('is_completed').notNull(),
    dueDate: instant('due_date'),
    deliverables: text('deliverables'),
    completedAt: instant('completed_at'),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('payment_milestones'),
    unique('payment_milestones_payment_milestone_key').on(table.paymentContractId, table.milestoneId),
    index('payment_milestones_open_index')
      .on(table.dueDate)
      .where(sql`not is_completed`),
  ],
);

export const paymentDisputes = pgTable(
  'payment_disputes',
  {
    id: derivedId(),
    paymentContractId: uuidRef('payment_contract_id')
      .notNull()
      .references(() => paymentContracts.id),
    disputeId: uint256('dispute_id').notNull(),
    initiatorId: uuidRef('initiator_id').references(() => users.id),
    reason: text('reason'),
    evidence: text('evidence'),
    isResolved: boolean('is_resolved').notNull(),
    arbitratorId: uuidRef('arbitrator_id').references(() => users.id),
    resolutionDate: instant('resolution_date'),
    favorPayer: boolean('favor_payer'),
    resolution: text('resolution'),
    createdAt: instant('created_at').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('payment_disputes'),
    unique('payment_disputes_contract_dispute_key').on(
      table.chainId,
      table.smartContractAddress,
      table.disputeId,
    ),
    index('payment_disputes_payment_contract_id_index').on(table.paymentContractId),
    index('payment_disputes_open_index')
      .on(table.createdAt)
      .where(sql`not is_resolved`),
  ],
);

/** One row a movement of money. */
export const escrowTransactions = pgTable(
  'escrow_transactions',
  {
    id: derivedId(),
    paymentContractId: uuidRef('payment_contract_id')
      .notNull()
      .references(() => paymentContracts.id),
    kind: escrowKind('kind').notNull(),
    /** The contract's number of the milestone that was paid; null for a payment without. */
    milestoneId: uint256('milestone_id'),
    amount: wei('amount').notNull(),
    /** `pending` until the block is final. */
    status: transactionStatus('status').notNull().default('pending'),
    createdAt: instant('created_at').notNull(),
    confirmedAt: instant('confirmed_at'),
    releasedAt: instant('released_at'),
    releasedBy: uuidRef('released_by').references(() => users.id),
    metadata: jsonb('metadata').$type<JsonValue>(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('escrow_transactions'),
    index('escrow_transactions_payment_contract_id_index').on(table.paymentContractId),
    index('escrow_transactions_status_index').on(table.status),
    index('escrow_transactions_pending_index')
      .on(table.chainId, table.blockNumber)
      .where(sql`status = 'pending'`),
  ],
);
