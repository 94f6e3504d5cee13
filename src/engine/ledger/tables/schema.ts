/**
 * The ledger schema: the data of the chain, the progress of ingest, and the state of the projection. Hashes and addresses are bytea: half
 * the size of hex text, and most of these tables consist of keys.
 */
import { sql } from 'drizzle-orm';
import { pgSchema } from 'drizzle-orm/pg-core';

export const ledger = pgSchema('ledger');

export const now = sql`now()`;
