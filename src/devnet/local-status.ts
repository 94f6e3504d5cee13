/** Reads the progress of a local system's daemon from its database. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withClient } from '../db/client.ts';
import { TraceChainError } from '../primitives/errors.ts';
import { sleep } from '../primitives/time.ts';
import { readStatuses } from '../operations/status.ts';
import type { Status } from '../operations/status.ts';
import { hasErrorCode } from './error-codes.ts';

const undefinedTable = '42P01';
const invalidSchemaName = '3F000';
const pollIntervalMs = 100;

/** Reads the chain's status; undefined if the database does not have the chain yet. */
async function readLocalStatus(pool: Pool, chainId: number): Promise<Status | undefined> {
  try {
    const [status] = await withClient(pool, (client) => readStatuses(client, chainId));
    return status;
  } catch (error) {
    // Read before the first migration.
    if (hasErrorCode(error, undefinedTable, invalidSchemaName)) return undefined;
    throw error;
  }
}

/** Waits until a block is projected, or until the timeout; returns the status. */
export async function readFirstStatus(
  pool: Pool,
  chainId: number,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Status | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const status = await readLocalStatus(pool, chainId);
    const isUnderWay = status !== undefined && status.head !== null && status.projected !== null;
    if (isUnderWay || performance.now() > deadline) return status;
    await sleep(pollIntervalMs, signal);
  }
}

/** Whether the ledger has every block up to this one. */
export async function hasIngested(pool: Pool, chainId: number, block: number): Promise<boolean> {
  const status = await readLocalStatus(pool, chainId);
  return (status?.ingested ?? -1) >= block;
}

/** Waits until the ledger has every block up to this one; rejects if the signal is aborted. */
export async function waitUntilIngested(
  pool: Pool,
  chainId: number,
  block: number,
  signal: AbortSignal,
): Promise<void> {
  while (!(await hasIngested(pool, chainId, block))) await sleep(pollIntervalMs, signal);
}

/**
 * Waits until every block up to this one is projected; rejects if the signal is aborted, or if the projection is halted until a person
 * acts.
 */
export async function waitUntilProjected(
  pool: Pool,
  chainId: number,
  block: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const status = await readLocalStatus(pool, chainId);
    if ((status?.projected ?? -1) >= block) return;
    const [parked] = status?.parked ?? [];
    if (parked !== undefined) {
      throw new TraceChainError(`the ${parked.stream} is halted by a write error: ${parked.error}`, {
        code: 'local/parked',
        place: { chainId, blockNumber: parked.blockNumber },
      });
    }
    await sleep(pollIntervalMs, signal);
  }
}

/** Reports the progress at intervals until the signal is aborted, then resolves. */
export async function reportProgress(
  pool: Pool,
  chainId: number,
  options: { readonly intervalMs: number; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { intervalMs, logger, signal } = options;
  try {
    for (;;) {
      await sleep(intervalMs, signal);
      const status = await readLocalStatus(pool, chainId);
      if (status === undefined) continue;
      const { head, projected, lagBlocks, quarantined } = status;
      logger.info({ chainId, block: projected, head, lagBlocks, quarantined }, 'progress');
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
