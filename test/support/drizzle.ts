/** A pool with Drizzle on it, which only tests use: the daemon writes its SQL itself, and starts faster without. */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { createPool, type DatabaseOptions } from '../../src/db/client.ts';
import { schema } from '../../src/tracechain/index.ts';

export interface Database extends AsyncDisposable {
  readonly pool: Pool;
  readonly db: NodePgDatabase<typeof schema>;
  /** Ends the connections, after what they are doing. */
  close(): Promise<void>;
}

/** Connects when first used. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = createPool(options);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= pool.end());
  return { pool, db: drizzle(pool, { schema }), close, [Symbol.asyncDispose]: close };
}
