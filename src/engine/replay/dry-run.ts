/**
 * A dry run executes in the process that requests it, with that process's own code, because the daemon may run older code that would find
 * no difference. It needs no lease, because it stores nothing. It changes rows in a transaction that is rolled back, during which no batch
 * may be projected.
 */
import type { Pool } from 'pg';
import { createPool, withTransaction } from '../../db/client.ts';
import { commandSessionName, newInstance } from '../leader/leadership.ts';
import type { RunOptions } from '../leader/commands/run-command.ts';
import { type ReplayInput, type ReplayOptions, type ReplayResult, replayDry } from './replay.ts';

/** The shadow's session, the session that holds the cursor, and two for concurrent reads. */
const connections = 4;
/**
 * A process that freezes during the run must not block the daemon. PostgreSQL terminates its session after this time without a heartbeat.
 */
const frozenAfterMs = 15_000;
const heartbeatMs = 2_000;

export type DryRunOptions = Pick<RunOptions, 'databaseUrl' | 'chainId' | 'logger' | 'signal' | 'onProgress'> &
  ReplayOptions;

/**
 * Determines the changes that a replay with these projections would make. Aborting the signal ends it at the next step with PostgreSQL's
 * error.
 */
export async function dryRunReplay(
  input: Omit<ReplayInput, 'dryRun' | 'refetch' | 'versions'>,
  { databaseUrl, chainId, logger, signal, onProgress, projections, batchLogs }: DryRunOptions,
): Promise<ReplayResult> {
  const pool = createPool({
    connectionString: databaseUrl,
    applicationName: commandSessionName(newInstance()),
    maximumConnections: connections,
    // A broken connection also fails the current statement, which reports it.
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

/**
 * Blocks the projection: each of its transactions moves the cursor before it writes a row, so a lock on the cursor's row delays all of
 * them.
 */
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
      // If the database is down, the work itself fails.
      client.query('select').catch(() => undefined);
    }, heartbeatMs);
    try {
      return await work();
    } finally {
      clearInterval(signs);
    }
  });
}
