/**
 * The raw side: what the chain said, how far it has been taken in, and what the projection did with it. Hashes and
 * addresses are bytes here: half the size of hex, and most of these tables are keys.
 */
import { sql } from 'drizzle-orm';
import { pgSchema } from 'drizzle-orm/pg-core';

export const ledger = pgSchema('ledger');

export const now = sql`now()`;
