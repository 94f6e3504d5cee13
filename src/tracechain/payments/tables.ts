import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, text, unique } from 'drizzle-orm/pg-core';
import { column, confirmation, link, table } from '../../db/table.ts';
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
} from '../../db/columns.ts';
import { escrowKind, transactionStatus } from '../shared/enums.ts';
import { products } from '../products/tables.ts';
import { users } from '../shared/users.ts';
import { payment, paymentsOf } from '../../db/schema/lookups.ts';

export const paymentContracts = table(
  'payment_contracts',
  'One row a payment: a contract holds many.',
  {
    columns: {
      id: derivedId(),
      contractAddress: column(address('contract_address').notNull(), 'The contract, in lower-case hex.'),
      paymentId: column(uint256('payment_id').notNull(), 'The payment’s number in its contract.'),
      productId: link(
        uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
        'The product’s row, found by its number in the registry; null where there is none.',
      ),
      chainProductId: column(uint256('chain_product_id'), 'The product’s number in its registry.'),
      buyerId: column(
        uuidRef('buyer_id').references(() => users.id),
        'Who pays.',
      ),
      sellerId: column(
        uuidRef('seller_id').references(() => users.id),
        'The recipient of the payment.',
      ),
      amount: column(wei('amount'), 'In whole tokens, exact to the wei.'),
      feeAmount: column(
        wei('fee_amount'),
        'What the platform takes beyond the amount, where the deposit told it.',
      ),
      currency: column(text('currency'), 'What is paid in; null where the contract doesn’t say.'),
      paymentType: column(text('payment_type'), 'As the contract has it.'),
      status: column(
        transactionStatus('status').notNull(),
        'The payment’s own: confirmed once paid out, cancelled once refunded or cancelled. It says nothing of finality.',
      ),
      isDisputed: column(boolean('is_disputed').notNull(), 'Whether a dispute is open.'),
      conditions: column(text('conditions'), 'As the contract has it.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      expiresAt: column(instant('expires_at'), 'When it expires; null for never.'),
      metadata: column(jsonb('metadata').$type<JsonValue>(), 'Whatever else belongs to the row.'),
      ...provenance(),
    },
    label: `'payment ' || payment_id || ' of ' || smart_contract_address`,
    find: { number: 'payment_id = $1::text::numeric' },
  },
  (columns) => [
    provenanceCheck('payment_contracts'),
    unique('payment_contracts_contract_payment_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.paymentId,
    ),
    index('payment_contracts_contract_product_index').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.chainProductId,
    ),
    index('payment_contracts_contract_address_index').on(columns.contractAddress),
    index('payment_contracts_product_id_index').on(columns.productId),
    index('payment_contracts_buyer_id_index').on(columns.buyerId),
    index('payment_contracts_seller_id_index').on(columns.sellerId),
    index('payment_contracts_status_index').on(columns.status),
    index('payment_contracts_metadata_index').using('gin', columns.metadata.op('jsonb_path_ops')),
  ],
);

export const paymentMilestones = table(
  'payment_milestones',
  'The parts that a payment is paid out in.',
  {
    columns: {
      id: derivedId(),
      paymentContractId: column(
        uuidRef('payment_contract_id')
          .notNull()
          .references(() => paymentContracts.id),
        'The payment’s row.',
      ),
      milestoneId: column(uint256('milestone_id').notNull(), 'The milestone’s number in its payment.'),
      description: column(text('description'), 'In words.'),
      amount: column(wei('amount'), 'In whole tokens, exact to the wei.'),
      isCompleted: column(boolean('is_completed').notNull(), 'Whether it was completed.'),
      dueDate: column(instant('due_date'), 'When it is due.'),
      deliverables: column(text('deliverables'), 'As the contract lists them.'),
      completedAt: column(instant('completed_at'), 'The block’s time of its completion.'),
      ...provenance(),
    },
    label: `${payment} || ', milestone ' || milestone_id`,
    find: { number: paymentsOf },
  },
  (columns) => [
    provenanceCheck('payment_milestones'),
    unique('payment_milestones_payment_milestone_key').on(columns.paymentContractId, columns.milestoneId),
    index('payment_milestones_open_index')
      .on(columns.dueDate)
      .where(sql`not is_completed`),
  ],
);

export const paymentDisputes = table(
  'payment_disputes',
  'Disputes about a payment, and how they were resolved.',
  {
    columns: {
      id: derivedId(),
      paymentContractId: column(
        uuidRef('payment_contract_id')
          .notNull()
          .references(() => paymentContracts.id),
        'The payment’s row.',
      ),
      disputeId: column(uint256('dispute_id').notNull(), 'The dispute’s number in its contract.'),
      initiatorId: column(
        uuidRef('initiator_id').references(() => users.id),
        'Who opened the dispute.',
      ),
      reason: column(text('reason'), 'In words.'),
      evidence: column(text('evidence'), 'As the contract has it.'),
      isResolved: column(boolean('is_resolved').notNull(), 'Whether it was resolved.'),
      arbitratorId: column(
        uuidRef('arbitrator_id').references(() => users.id),
        'Who resolved it.',
      ),
      resolutionDate: column(instant('resolution_date'), 'When it was resolved.'),
      favorPayer: column(boolean('favor_payer'), 'Whether it was resolved in favour of the payer.'),
      resolution: column(text('resolution'), 'As the contract has it.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      ...provenance(),
    },
    label: `${payment} || ', dispute ' || dispute_id`,
    find: { number: 'dispute_id = $1::text::numeric' },
  },
  (columns) => [
    provenanceCheck('payment_disputes'),
    unique('payment_disputes_contract_dispute_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.disputeId,
    ),
    index('payment_disputes_payment_contract_id_index').on(columns.paymentContractId),
    index('payment_disputes_open_index')
      .on(columns.createdAt)
      .where(sql`not is_resolved`),
  ],
);

export const escrowTransactions = table(
  'escrow_transactions',
  'One row a movement of a payment’s money.',
  {
    columns: {
      id: derivedId(),
      paymentContractId: column(
        uuidRef('payment_contract_id')
          .notNull()
          .references(() => paymentContracts.id),
        'The payment’s row.',
      ),
      kind: column(escrowKind('kind').notNull(), 'deposit, release or refund.'),
      milestoneId: column(
        uint256('milestone_id'),
        'The contract’s number of the milestone that was paid; null for a payment without.',
      ),
      amount: column(wei('amount').notNull(), 'In whole tokens, exact to the wei.'),
      status: confirmation(
        transactionStatus('status').notNull().default('pending'),
        'pending until the block is final, then confirmed.',
      ),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      confirmedAt: confirmation(instant('confirmed_at'), 'When it was found that the block is final.'),
      releasedAt: column(instant('released_at'), 'The block’s time of the payment out.'),
      releasedBy: column(
        uuidRef('released_by').references(() => users.id),
        'Who released it; null where neither event nor calldata says.',
      ),
      metadata: column(jsonb('metadata').$type<JsonValue>(), 'Whatever else belongs to the row.'),
      ...provenance(),
    },
    label: `${payment} || ', ' || kind || ' of ' || coalesce(amount::text, '?')`,
    find: { number: paymentsOf },
  },
  (columns) => [
    provenanceCheck('escrow_transactions'),
    index('escrow_transactions_payment_contract_id_index').on(columns.paymentContractId),
    index('escrow_transactions_status_index').on(columns.status),
    index('escrow_transactions_pending_index')
      .on(columns.chainId, columns.blockNumber)
      .where(sql`status = 'pending'`),
  ],
);
