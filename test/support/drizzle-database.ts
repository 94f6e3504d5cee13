/** A pool with Drizzle on it, closed together at the end of a test's block. */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { createPool, type DatabaseOptions } from '../../src/db/client.ts';
import * as schema from '../../src/db/schema/index.ts';

export interface Database extends AsyncDisposable {
  readonly pool: Pool;
  readonly db: NodePgDatabase<typeof schema>;
  /** Ends the connections after their current work. */
  close(): Promise<void>;
}

export function openDatabase(options: DatabaseOptions): Database {
  const pool = createPool(options);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= pool.end());
  return { pool, db: drizzle(pool, { schema }), close, [Symbol.asyncDispose]: close };
}
