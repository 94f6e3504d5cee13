/** A migrated database for one test file, and the transactions that the functions under test expect. */
import type { PoolClient } from 'pg';
import { withTransaction } from '../../../src/db/client.ts';
import { openDatabase } from '../../support/drizzle.ts';
import { createMigratedDatabase } from '../../support/postgres.ts';

export interface LedgerDatabase extends AsyncDisposable {
  /** Commits when `work` returns, and rolls back when it throws. */
  transaction<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
  /** Runs `work` in a transaction and rolls it back, so that the next run finds the database unchanged. */
  undone<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
}

export async function openLedgerDatabase(): Promise<LedgerDatabase> {
  const testDatabase = await createMigratedDatabase();
  const database = openDatabase({
    connectionString: testDatabase.url,
    applicationName: 'test',
    // The pool reports its end before its sockets are closed, so dropping the database may break them. (A broken query fails by itself.)
    onConnectionError: () => undefined,
  });
  return {
    transaction: (work) => withTransaction(database.pool, work),
    undone: async (work) => {
      const client = await database.pool.connect();
      try {
        await client.query('begin');
        return await work(client);
      } finally {
        await client.query('rollback');
        client.release();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await testDatabase.drop();
    },
  };
}
