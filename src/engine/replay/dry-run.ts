/**
 * A dry run, by the process that asks for it and with that process's own code: the daemon may run older code, with which nothing would
 * differ. It needs no lease, since it keeps nothing; it changes rows inside a transaction that is rolled back, and no batch may be
 * projected meanwhile.
 */
import type { Pool } from 'pg';
import { createPool, withTransaction } from '../../db/client.ts';
import { commandSessionName, newInstance } from '../leader/leadership.ts';
import type { RunOptions } from '../leader/commands/run-command.ts';
import { type ReplayInput, type ReplayOptions, type ReplayResult, replayDry } from './replay.ts';

/** The shadow's session, the one that holds the cursor, and two for what is looked up beside them. */
const connections = 4;
/** A process that is frozen in the middle must not hold up the daemon: its session is ended after so long without a sign of life. */
const frozenAfterMs = 15_000;
const signOfLifeMs = 2_000;

export type DryRunOptions = Pick<RunOptions, 'databaseUrl' | 'chainId' | 'logger' | 'signal' | 'onProgress'> &
  ReplayOptions;

/** What a replay would change with these projections. Aborting the signal ends it at the next step, with what PostgreSQL says of that. */
export async function dryRunReplay(
  input: Omit<ReplayInput, 'dryRun' | 'refetch' | 'versions'>,
  { databaseUrl, chainId, logger, signal, onProgress, projections, batchLogs }: DryRunOptions,
): Promise<ReplayResult> {
  const pool = createPool({
    connectionString: databaseUrl,
    applicationName: commandSessionName(newInstance()),
    maximumConnections: connections,
    // What breaks fails the statement that is under way, too.
    onConnectionError: () => undefined,
  });
  try {
    const context = {
      pool,
      chainId,
      lease: null,
      logger,
      signal,
      report: onProgress,
      betweenBatches: async <Result>(work: () => Promise<Result>): Promise<Result> =>
        await holdingProjection(pool, chainId, work),
    };
    return await replayDry(input, context, { projections, batchLogs });
  } finally {
    await pool.end();
  }
}

/** Every transaction of the projection's moves its cursor before it writes a row, so whoever holds the cursor's row holds up them all. */
async function holdingProjection<Result>(
  pool: Pool,
  chainId: number,
  work: () => Promise<Result>,
): Promise<Result> {
  return await withTransaction(pool, async (client) => {
    await client.query(`set local idle_in_transaction_session_timeout = ${frozenAfterMs}`);
    await client.query(
      `select from ledger.cursors where chain_id = $1 and stream = 'projection' for update`,
      [chainId],
    );
    const signs = setInterval(() => {
      // The work fails by itself if the database is gone.
      client.query('select').catch(() => undefined);
    }, signOfLifeMs);
    try {
      return await work();
    } finally {
      clearInterval(signs);
    }
  });
}
