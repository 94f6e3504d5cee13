import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, text } from 'drizzle-orm/pg-core';
import { column, table } from '../../db/table.ts';
import { address, instant, type JsonValue, uuidRef } from '../../db/columns.ts';
import { userTier } from './enums.ts';

/**
 * One row per wallet. The application inserts it at a registration, or the indexer when the wallet acts on
 * the chain, whichever is first. The id is derived from the wallet, so both use the same one. A trigger
 * lower-cases the wallet and rejects changes of it.
 */
export const users = table(
  'users',
  'One row per wallet. The application inserts it at a registration, or the indexer when the wallet first acts on the chain. The id is derived from the wallet, so both compute the same one.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .generatedAlwaysAs(sql`ledger.user_id(wallet_address)`),
        'Follows from the wallet: ledger.user_id(wallet_address).',
      ),
      walletAddress: column(
        address('wallet_address').notNull().unique(),
        'The user’s wallet, in lower-case hex; it never changes.',
      ),
      email: column(text('email').unique(), 'Given by the application.'),
      username: column(text('username').unique(), 'Given by the application.'),
      firstName: column(text('first_name'), 'Given by the application.'),
      lastName: column(text('last_name'), 'Given by the application.'),
      companyName: column(text('company_name'), 'Given by the application.'),
      userTier: column(userTier('user_tier').notNull().default('free'), 'The user’s plan.'),
      isCustodial: column(
        boolean('is_custodial').notNull().default(false),
        'Whether the application keeps the wallet’s key for the user.',
      ),
      isVerified: column(
        boolean('is_verified').notNull().default(false),
        'Whether the application has verified who the user is.',
      ),
      createdAt: column(
        instant('created_at')
          .notNull()
          .default(sql`now()`),
        'When the wallet was first seen: at its registration, or in a block.',
      ),
      updatedAt: column(
        instant('updated_at')
          .notNull()
          .default(sql`now()`),
        'When it last changed: the block’s time for a row of the chain.',
      ),
      lastLogin: column(instant('last_login'), 'When the user last logged in to the application.'),
      metadata: column(
        jsonb('metadata')
          .$type<JsonValue>()
          .notNull()
          .default(sql`'{}'::jsonb`),
        'Whatever else belongs to the row.',
      ),
    },
    label: 'wallet_address',
    find: { wallet: 'wallet_address = lower($1::text)', text: 'email = $1::text or username = $1::text' },
  },
  (columns) => [
    check('users_wallet_address_check', sql`wallet_address ~ '^0x[0-9a-f]{40}$'`),
    // The unique indexes cannot hold long texts; this check gives the application a clear error instead of
    // theirs.
    check('users_email_check', sql`char_length(email) <= 320`),
    check('users_username_check', sql`char_length(username) <= 255`),
    index('users_user_tier_index').on(columns.userTier),
    index('users_created_at_index').on(columns.createdAt),
    index('users_metadata_index').using('gin', columns.metadata.op('jsonb_path_ops')),
  ],
);
