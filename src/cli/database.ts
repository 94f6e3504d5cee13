/** Where a command finds the database: what is configured, else the local system that runs. */
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
  /** The running local system, where the database is that one's. */
  readonly local: RunningSystem | null;
}

/** Throws a CannotRunError that says what to do where there is neither. */
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
    mode === 'embedded-database' ? 'a node is configured but no DATABASE_URL' : 'DATABASE_URL isn’t set';
  return new CannotRunError(`There is no database: ${configured}, and no local system runs in ${folder}.`, {
    code: 'cli/no-database',
    fix: 'Start one with npm start, or set DATABASE_URL; --data or TRACECHAIN_DATA names another local system’s folder.',
  });
}

/** Runs the work with one connection, closed afterwards. */
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

/** One connection at a time, under the command's name. */
export function openPool(url: string, purpose: string): Pool {
  return createPool({
    connectionString: url,
    applicationName: `tracechain ${purpose}`,
    maximumConnections: 1,
    // What breaks fails the statement that is under way, too.
    onConnectionError: () => undefined,
  });
}
