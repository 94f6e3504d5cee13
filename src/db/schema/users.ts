import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { address, instant, type JsonValue, uuidRef } from './columns.ts';
import { userTier } from './enums.ts';

/**
 * One row a wallet, whoever inserts it first: the application at a registration, or the indexer when the wallet acts on
 * the chain. The id follows from the wallet, so both agree on it. A trigger lower-cases the wallet and lets none change.
 */
export const users = pgTable(
  'users',
  {
    id: uuidRef('id')
      .primaryKey()
      .generatedAlwaysAs(sql`ledger.user_id(wallet_address)`),
    walletAddress: address('wallet_address').notNull().unique(),
    email: text('email').unique(),
    username: text('username').unique(),
    firstName: text('first_name'),
    lastName: text('last_name'),
    companyName: text('company_name'),
    userTier: userTier('user_tier').notNull().default('free'),
    isCustodial: boolean('is_custodial').notNull().default(false),
    isVerified: boolean('is_verified').notNull().default(false),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`now()`),
    lastLogin: instant('last_login'),
    metadata: jsonb('metadata')
      .$type<JsonValue>()
      .notNull()
      .default(sql`'{}'::jsonb`),
  },
  (table) => [
    check('users_wallet_address_check', sql`wallet_address ~ '^0x[0-9a-f]{40}$'`),
    // The unique indexes can't hold long texts; the application gets a clear refusal instead of theirs.
    check('users_email_check', sql`char_length(email) <= 320`),
    check('users_username_check', sql`char_length(username) <= 255`),
    index('users_user_tier_index').on(table.userTier),
    index('users_created_at_index').on(table.createdAt),
    index('users_metadata_index').using('gin', table.metadata.op('jsonb_path_ops')),
  ],
);
