/** The one session that migrations are applied and looked at in, on a server that is fit for them. */
import type { ClientBase, Pool, PoolClient } from 'pg';
import { CannotRunError, TraceChainError } from '../../primitives/errors.ts';
import { connect, createPool } from '../client.ts';

const oldestMajor = 15;
const newestMajor = 18;

export type MigrationSource = ({ readonly connectionString: string } | { readonly pool: Pool }) & {
  /** Where the migrations are; this code's own by default. */
  readonly folder?: string;
};

/** One session, which the advisory lock needs; a pool of its own for a connection string. */
export async function onOneSession<Result>(
  source: MigrationSource,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  if ('pool' in source) return await useClient(source.pool, work);
  const pool = createPool({
    connectionString: source.connectionString,
    applicationName: 'tracechain migrate',
    maximumConnections: 1,
    // What breaks fails the statement that is under way, too.
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
    // A session that failed may still hold the lock: it is ended, not given back to the pool.
    client.release(failure);
  }
}

/** At the start even what may pass by itself is a reason not to run. */
async function connectAtStart(pool: Pool): Promise<PoolClient> {
  try {
    return await connect(pool);
  } catch (error) {
    if (!(error instanceof TraceChainError) || error instanceof CannotRunError) throw error;
    const { code, fix, cause } = error;
    throw new CannotRunError(error.message, { code, ...(fix === undefined ? {} : { fix }), cause });
  }
}

/** Throws a CannotRunError where the version or the encoding can't do. */
export async function requireFitServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: string; major: number; encoding: string; name: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
       current_setting('server_encoding') as encoding, current_database() as name`,
  );
  const [server] = rows;
  if (server === undefined)
    throw new TraceChainError('PostgreSQL said nothing of itself', { code: 'database/unfit' });
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
