import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, pgTable, unique } from 'drizzle-orm/pg-core';
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
import { tokenTransactionType, transactionStatus } from './enums.ts';
import { users } from './users.ts';

/** One row a movement of TRACE. The busiest table: every further index is paid for by each row of the chain. */
export const traceTokenTransactions = pgTable(
  'trace_token_transactions',
  {
    id: derivedId(),
    /** The recipient, but the sender of a burn or a stake; null for the zero address. */
    userId: uuidRef('user_id').references(() => users.id),
    transactionType: tokenTransactionType('transaction_type').notNull(),
    amount: wei('amount').notNull(),
    fromAddress: address('from_address'),
    toAddress: address('to_address'),
    /** `pending` until the block is final. */
    status: transactionStatus('status').notNull().default('pending'),
    gasUsed: uint256('gas_used'),
    /** Wei a unit of gas, as the receipt says. */
    gasPrice: uint256('gas_price'),
    createdAt: instant('created_at').notNull(),
    confirmedAt: instant('confirmed_at'),
    metadata: jsonb('metadata').$type<JsonValue>(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('trace_token_transactions'),
    index('trace_token_transactions_user_id_index').on(table.userId, table.createdAt.desc().nullsFirst()),
    index('trace_token_transactions_type_index').on(
      table.transactionType,
      table.createdAt.desc().nullsFirst(),
    ),
    index('trace_token_transactions_created_at_index').on(table.createdAt),
    // Hashes are only ever asked for whole, and come in no order: a hash index is a third of a B-tree.
    index('trace_token_transactions_transaction_hash_index').using('hash', table.transactionHash),
    index('trace_token_transactions_pending_index')
      .on(table.chainId, table.blockNumber)
      .where(sql`status = 'pending'`),
  ],
);

/** What each holder has, by the transfers. */
export const tokenBalances = pgTable(
  'token_balances',
  {
    id: derivedId(),
    address: address('address').notNull(),
    balance: wei('balance').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('token_balances'),
    unique('token_balances_contract_address_key').on(
      table.chainId,
      table.smartContractAddress,
      table.address,
    ),
    index('token_balances_address_index').on(table.address),
  ],
);

/** The schedule that a beneficiary has now: a new one replaces the old. */
export const vestingSchedules = pgTable(
  'vesting_schedules',
  {
    id: derivedId(),
    beneficiaryId: uuidRef('beneficiary_id').references(() => users.id),
    beneficiary: address('beneficiary').notNull(),
    totalAmount: wei('total_amount'),
    releasedAmount: wei('released_amount'),
    startTime: instant('start_time'),
    durationSeconds: uint256('duration_seconds'),
    isRevocable: boolean('is_revocable'),
    createdAt: instant('created_at').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('vesting_schedules'),
    unique('vesting_schedules_contract_beneficiary_key').on(
      table.chainId,
      table.smartContractAddress,
      table.beneficiary,
    ),
    index('vesting_schedules_beneficiary_id_index').on(table.beneficiaryId),
  ],
);
