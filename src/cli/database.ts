/** Finds a command's database: the configured one, otherwise that of the running local system. */
import type { Pool, PoolClient } from 'pg';
import { connect, createPool } from '../db/client.ts';
import type { DataFolder, RunningSystem } from '../devnet/data-folder/folder.ts';
import { readRunningSystem } from '../devnet/data-folder/folder.ts';
import { CannotRunError } from '../primitives/errors.ts';
import type { Configuration } from '../config/index.ts';
import { maskDatabaseUrl } from '../config/secrets.ts';
import type { CommandContext } from './context.ts';

export interface FoundDatabase {
  readonly url: string;
  /** The URL without its password. */
  readonly name: string;
  /** The running local system, if the database belongs to it. */
  readonly local: RunningSystem | null;
}

/** Returns the database. Throws a CannotRunError with a fix if there is neither. */
export async function findDatabase(
  context: Pick<CommandContext, 'configuration' | 'dataFolder'>,
): Promise<FoundDatabase> {
  const { url } = context.configuration.database;
  if (url !== null) return { url, name: maskDatabaseUrl(url), local: null };
  const local = await readRunningSystem(context.dataFolder);
  if (local?.databaseUrl !== undefined) {
    return { url: local.databaseUrl, name: maskDatabaseUrl(local.databaseUrl), local };
  }
  throw noDatabase(context.configuration, context.dataFolder, local);
}

function noDatabase(
  { mode }: Configuration,
  { folder }: DataFolder,
  starting: RunningSystem | undefined,
): CannotRunError {
  if (starting !== undefined) {
    return new CannotRunError(`The local system (process ${starting.pid}) is still starting its database.`, {
      code: 'cli/database-starting',
      fix: 'Try again in a few seconds.',
    });
  }
  const configured =
    mode === 'embedded-database' ? 'a node is configured but no DATABASE_URL' : 'DATABASE_URL is not set';
  return new CannotRunError(`There is no database: ${configured}, and no local system runs in ${folder}.`, {
    code: 'cli/no-database',
    fix: 'Start one with npm start, or set DATABASE_URL; use --data or TRACECHAIN_DATA for the folder of another local system.',
  });
}

/** Runs the work with one connection, and closes it afterwards. */
export async function withDatabase<Result>(
  url: string,
  purpose: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const pool = openPool(url, purpose);
  try {
    const client = await connect(pool);
    try {
      return await work(client);
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}

/** Opens a pool of one connection, under the command's name. */
export function openPool(url: string, purpose: string): Pool {
  return createPool({
    connectionString: url,
    applicationName: `tracechain ${purpose}`,
    maximumConnections: 1,
    // A lost connection also fails the statement that is running.
    onConnectionError: () => undefined,
  });
}
