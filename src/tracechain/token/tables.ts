import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, unique } from 'drizzle-orm/pg-core';
import { column, confirmation, receipt, table } from '../../db/table.ts';
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
import { tokenTransactionType, transactionStatus } from '../shared/enums.ts';
import { users } from '../shared/users.ts';
import { ofUser } from '../../db/schema/lookups.ts';

/** The busiest table: each further index costs one write per row. */
export const traceTokenTransactions = table(
  'trace_token_transactions',
  'One row a movement of TRACE.',
  {
    columns: {
      id: derivedId(),
      userId: column(
        uuidRef('user_id').references(() => users.id),
        'The recipient, but the sender of a burn or a stake; null for the zero address.',
      ),
      transactionType: column(
        tokenTransactionType('transaction_type').notNull(),
        'What the movement is: a transfer that a more telling event names is called by that.',
      ),
      amount: column(wei('amount').notNull(), 'In whole tokens, exact to the wei.'),
      fromAddress: column(address('from_address'), 'Who gave; null for the zero address.'),
      toAddress: column(address('to_address'), 'Who got; null for the zero address.'),
      status: confirmation(
        transactionStatus('status').notNull().default('pending'),
        'pending until the block is final, then confirmed.',
      ),
      gasUsed: receipt(
        uint256('gas_used'),
        'Gas that the transaction used, as its receipt says; filled after finality.',
      ),
      gasPrice: receipt(
        uint256('gas_price'),
        'Wei a unit of gas, as the receipt says; filled after finality.',
      ),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      confirmedAt: confirmation(instant('confirmed_at'), 'When it was found that the block is final.'),
      metadata: column(jsonb('metadata').$type<JsonValue>(), 'Whatever else belongs to the row.'),
      ...provenance(),
    },
    label: `transaction_type || ' of ' || amount || ' in block ' || block_number`,
    find: { wallet: ofUser('user_id') },
  },
  (columns) => [
    provenanceCheck('trace_token_transactions'),
    index('trace_token_transactions_user_id_index').on(columns.userId, columns.createdAt.desc().nullsFirst()),
    index('trace_token_transactions_type_index').on(
      columns.transactionType,
      columns.createdAt.desc().nullsFirst(),
    ),
    index('trace_token_transactions_created_at_index').on(columns.createdAt),
    // Queries use whole hashes only, and hashes arrive in random order; a hash index is a third of the size
    // of a B-tree.
    index('trace_token_transactions_transaction_hash_index').using('hash', columns.transactionHash),
    index('trace_token_transactions_pending_index')
      .on(columns.chainId, columns.blockNumber)
      .where(sql`status = 'pending'`),
  ],
);

export const tokenBalances = table(
  'token_balances',
  'What each address holds of a token: the sum of its movements.',
  {
    columns: {
      id: derivedId(),
      address: column(address('address').notNull(), 'The address.'),
      balance: column(wei('balance').notNull(), 'In whole tokens, exact to the wei.'),
      ...provenance(),
    },
    label: `address || ' at ' || smart_contract_address`,
    find: { wallet: 'address = lower($1::text)' },
  },
  (columns) => [
    provenanceCheck('token_balances'),
    unique('token_balances_contract_address_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.address,
    ),
    index('token_balances_address_index').on(columns.address),
  ],
);

export const vestingSchedules = table(
  'vesting_schedules',
  'What is released to a beneficiary over time; a new schedule for the same one replaces the old.',
  {
    columns: {
      id: derivedId(),
      beneficiaryId: column(
        uuidRef('beneficiary_id').references(() => users.id),
        'The beneficiary.',
      ),
      beneficiary: column(address('beneficiary').notNull(), 'The beneficiary’s address.'),
      totalAmount: column(wei('total_amount'), 'All that is released in the end, in tokens.'),
      releasedAmount: column(wei('released_amount'), 'What has been released, in tokens.'),
      startTime: column(instant('start_time'), 'When the release begins.'),
      durationSeconds: column(uint256('duration_seconds'), 'How long the release takes.'),
      isRevocable: column(boolean('is_revocable'), 'Whether the owner may end the schedule.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      ...provenance(),
    },
    label: `'vesting of ' || beneficiary`,
    find: { wallet: 'beneficiary = lower($1::text)' },
  },
  (columns) => [
    provenanceCheck('vesting_schedules'),
    unique('vesting_schedules_contract_beneficiary_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.beneficiary,
    ),
    index('vesting_schedules_beneficiary_id_index').on(columns.beneficiaryId),
  ],
);
