/** The session in which migrations are applied and inspected, on a suitable server. */
import type { ClientBase, Pool, PoolClient } from 'pg';
import { CannotRunError, TraceChainError } from '../../primitives/errors.ts';
import { connect, createPool } from '../client.ts';

const oldestMajor = 15;
const newestMajor = 18;

export type MigrationSource = ({ readonly connectionString: string } | { readonly pool: Pool }) & {
  /** The folder of the migrations; by default this code's own. */
  readonly folder?: string;
};

/** Runs the work on one session, which the advisory lock needs. For a connection string it creates and closes a pool. */
export async function onOneSession<Result>(
  source: MigrationSource,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  if ('pool' in source) return await useClient(source.pool, work);
  const pool = createPool({
    connectionString: source.connectionString,
    applicationName: 'tracechain migrate',
    maximumConnections: 1,
    // A broken connection also fails the current statement, which reports it.
    onConnectionError: () => undefined,
  });
  try {
    return await useClient(pool, work);
  } finally {
    await pool.end();
  }
}

async function useClient<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await connectAtStart(pool);
  let failure: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // A failed session may still hold the lock, so it is closed instead of returned to the pool.
    client.release(failure);
  }
}

/** At start-up, even a transient error prevents the run. */
async function connectAtStart(pool: Pool): Promise<PoolClient> {
  try {
    return await connect(pool);
  } catch (error) {
    if (!(error instanceof TraceChainError) || error instanceof CannotRunError) throw error;
    const { code, fix, cause } = error;
    throw new CannotRunError(error.message, { code, ...(fix === undefined ? {} : { fix }), cause });
  }
}

/** Throws a CannotRunError if the server's version or the database's encoding is not supported. */
export async function requireFitServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: string; major: number; encoding: string; name: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
       current_setting('server_encoding') as encoding, current_database() as name`,
  );
  const [server] = rows;
  if (server === undefined)
    throw new TraceChainError('PostgreSQL returned no information about itself', { code: 'database/unfit' });
  if (server.major < oldestMajor || server.major > newestMajor) {
    throw new CannotRunError(`PostgreSQL ${server.version} isn't supported`, {
      code: 'database/version',
      fix: `Use PostgreSQL ${oldestMajor} to ${newestMajor}.`,
    });
  }
  if (server.encoding !== 'UTF8') {
    throw new CannotRunError(`the database "${server.name}" has the encoding ${server.encoding}`, {
      code: 'database/encoding',
      fix: `Create it with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
    });
  }
}
