/** A migrated database of a test's own, and the transactions that the rooms' functions expect. */
import type { PoolClient } from 'pg';
import { withTransaction } from '../../../src/db/client.ts';
import { openDatabase } from '../../support/drizzle.ts';
import { createMigratedDatabase } from '../../support/postgres.ts';

export interface LedgerDatabase extends AsyncDisposable {
  /** Commits when `work` returns, rolls back when it throws. */
  transaction<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
  /** Gives `work` a transaction and takes back what it did, so that the next run finds the database as this one did. */
  undone<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
}

export async function openLedgerDatabase(): Promise<LedgerDatabase> {
  const testDatabase = await createMigratedDatabase();
  const database = openDatabase({
    connectionString: testDatabase.url,
    applicationName: 'test',
    // The pool says that it has ended before its sockets have, so dropping the database may break them. (A query that
    // breaks fails by itself.)
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
