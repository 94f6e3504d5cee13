/** A migrated database for one test file, with short query functions. */
import { Client, type QueryResultRow } from 'pg';
import { createPool } from '../../../src/db/client.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { saveDataset } from '../../../src/devnet/dataset/rows.ts';
import { required } from '../../../src/primitives/errors.ts';
import { createTestDatabase } from '../../support/postgres.ts';

export interface SeedDatabase extends AsyncDisposable {
  readonly url: string;
  readonly client: Client;
  /** Another session on the same database, which is closed with it. */
  connect(): Promise<Client>;
  /** Fills the database with a generated history of so many events. */
  live(events: number): Promise<void>;
  rows<Row extends QueryResultRow>(query: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The only row of a query. */
  row<Row extends QueryResultRow>(query: string, values?: readonly unknown[]): Promise<Row>;
}

export async function openSeedDatabase(): Promise<SeedDatabase> {
  // Migrated instead of copied, because per-database settings of roles are not copied.
  const database = await createTestDatabase();
  await migrate({ connectionString: database.url });
  const clients: Client[] = [];
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: database.url });
    clients.push(client);
    await client.connect();
    return client;
  };
  const client = await connect();
  const rows = async <Row extends QueryResultRow>(query: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(query, [...values])).rows;
  return {
    url: database.url,
    client,
    connect,
    live: async (events) => {
      const pool = createPool({
        connectionString: database.url,
        applicationName: 'generated life',
        onConnectionError: () => undefined,
      });
      try {
        await saveDataset(pool, { seed: 1, events, chainId: 4242 });
      } finally {
        await pool.end();
      }
      await client.query('analyze');
    },
    rows,
    row: async <Row extends QueryResultRow>(query: string, values?: readonly unknown[]) => {
      const found = await rows<Row>(query, values);
      if (found.length !== 1) throw new Error(`${found.length} rows instead of one of: ${query}`);
      return required(found[0], 'the row');
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map(async (each) => await each.end()));
      await database.drop();
    },
  };
}
