/**
 * Verifies backups. Only a restore proves a backup, so the operator's routine restores the latest one into a database, and this module
 * compares that database with ours: as of the last block in the backup, both must have the same ledger, the same rows, and the same
 * history of the application's changes.
 */
import type { ClientBase, PoolClient } from 'pg';
import { createPool, connect } from '../db/client.ts';
import { verifyCatalogue } from '../db/verify.ts';
import { isCanonical } from '../engine/ledger/branches.ts';
import { readCursor } from '../engine/ledger/cursors.ts';
import type { BlockReference } from '../engine/rpc/types.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { journalHorizon } from '../engine/store/as-of.ts';
import { digestOutput, fixCopyFormat } from '../engine/store/digest.ts';
import { applicationHistory, comparedSets, type ComparedSet } from './backup-contents.ts';

export interface BackupSettings {
  /** The database that the latest backup was restored into; null if there is none. */
  readonly restoredUrl: string | null;
  /** The maximum age of a backup. */
  readonly backupMaximumAgeHours: number;
}

/** A type alias and not an interface, so that it is assignable to a row of a task's result. */
export type BackupCheck = {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'critical';
  readonly detail: string;
};

/** One session on each database, each with its own snapshot. */
interface Sides {
  readonly ours: ClientBase;
  readonly restored: ClientBase;
}

/**
 * Compares both databases and writes to neither. Throws a CannotRunError if no restored database is configured, if it is this
 * database, or if it can't be reached.
 */
export async function verifyBackup(
  ours: PoolClient,
  { restoredUrl, backupMaximumAgeHours }: BackupSettings,
): Promise<BackupCheck[]> {
  if (restoredUrl === null) {
    throw new CannotRunError('No restored backup is configured, so there is nothing to verify.', {
      code: 'maintenance/no-restored-backup',
      fix: 'Restore the latest backup into a separate database, and set maintenance.restoredUrl to it.',
    });
  }
  const pool = createPool({
    connectionString: restoredUrl,
    applicationName: 'tracechain backup verification',
    maximumConnections: 1,
    // A lost connection also fails the statement that is running.
    onConnectionError: () => undefined,
  });
  try {
    const restored = await connect(pool);
    let failure: Error | undefined;
    try {
      await requireAnother({ ours, restored });
      return await inSnapshots(
        { ours, restored },
        async () => await compare({ ours, restored }, backupMaximumAgeHours),
      );
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      // A session that failed may be in the middle of a table: it is terminated, not waited for.
      restored.release(failure);
    }
  } finally {
    await pool.end();
  }
}

/** Detects this database by an advisory lock: a physical backup copies everything, including the system identifier, but no locks. */
async function requireAnother({ ours, restored }: Sides): Promise<void> {
  const { rows } = await ours.query<{ key: string }>(
    `select key::text, pg_advisory_lock(key) from (select (random() * 2 ^ 53)::bigint as key) as drawn`,
  );
  const key = rows[0]?.key;
  const attempt = await restored.query<{ is_free: boolean }>(
    'select pg_try_advisory_xact_lock($1) as is_free',
    [key],
  );
  await ours.query('select pg_advisory_unlock($1)', [key]);
  if (attempt.rows[0]?.is_free === true) return;
  throw new CannotRunError('maintenance.restoredUrl is the database of the daemon itself.', {
    code: 'maintenance/restored-is-ours',
    fix: 'Restore the latest backup into a separate database, and give its URL.',
  });
}

async function inSnapshots<Result>(sides: Sides, work: () => Promise<Result>): Promise<Result> {
  const both = [sides.ours, sides.restored];
  for (const client of both) {
    await client.query('begin isolation level repeatable read read only');
    await fixCopyFormat(client);
    // Overrides the role's limit: the duration of a comparison grows with the tables.
    await client.query('set local statement_timeout = 0');
  }
  try {
    const result = await work();
    await sides.restored.query('rollback');
    return result;
  } finally {
    await sides.ours.query('rollback').catch(() => undefined);
  }
}

async function compare(sides: Sides, maximumAgeHours: number): Promise<BackupCheck[]> {
  const schema = await compareSchemas(sides);
  if (schema.some(({ status }) => status !== 'ok')) return schema;
  const checks = [...schema, await compareAges(sides, maximumAgeHours)];
  const { rows } = await sides.ours.query<{ id: number }>(
    'select chain_id::float8 as id from ledger.chains order by chain_id',
  );
  for (const { id } of rows) checks.push(...(await compareChain(sides, id)));
  checks.push(await compareSet(sides, await applicationHistory(sides.ours, sides.restored)));
  return checks;
}

async function compareSchemas({ ours, restored }: Sides): Promise<BackupCheck[]> {
  const check = 'schema';
  const { rows: found } = await restored.query<{ is_there: boolean }>(
    `select to_regclass('ledger.migrations') is not null as is_there`,
  );
  if (found[0]?.is_there !== true) return [{ check, status: 'critical', detail: 'the schema is missing' }];
  const [expected, applied] = [await migrationsOf(ours), await migrationsOf(restored)];
  if (expected.join() !== applied.join()) {
    const isOlder = applied.every((hash, index) => expected[index] === hash);
    return isOlder
      ? [
          {
            check,
            status: 'warning',
            detail: `from before an upgrade (${applied.length} of ${expected.length} migrations): nothing else is compared until a newer backup is restored`,
          },
        ]
      : [{ check, status: 'critical', detail: 'its migrations are not those of this database' }];
  }
  const faults = (await verifyCatalogue(restored)).filter(({ kind }) => kind !== 'extra');
  if (faults.length === 0) return [{ check, status: 'ok', detail: `${applied.length} migrations` }];
  return faults.map(({ kind, what }) => ({ check, status: 'critical', detail: `${kind}: ${what}` }));
}

async function migrationsOf(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ hash: string }>(
    'select hash from ledger.migrations order by created_at, id',
  );
  return rows.map(({ hash }) => hash);
}

/** The last time at which a daemon wrote to a database, from its own data: measured by one clock, and also valid while no daemon runs. */
const lastSignOfLife = `select extract(epoch from greatest(
    (select max(heartbeat_at) from ledger.heartbeats), (select max(updated_at) from ledger.cursors)))::float8 as seconds`;

async function compareAges({ ours, restored }: Sides, maximumAgeHours: number): Promise<BackupCheck> {
  const [ourSeconds, restoredSeconds] = [await secondsOf(ours), await secondsOf(restored)];
  const check = 'age';
  if (restoredSeconds === null)
    return { check, status: 'critical', detail: 'no daemon had written to it when it was taken' };
  const hours = Math.max(0, (ourSeconds ?? restoredSeconds) - restoredSeconds) / 3600;
  const isTooOld = hours > maximumAgeHours;
  const detail = `${hours.toFixed(1)} hours behind${isTooOld ? `, more than the maximum of ${maximumAgeHours}` : ''}`;
  return { check, status: isTooOld ? 'critical' : 'ok', detail };
}

async function secondsOf(client: ClientBase): Promise<number | null> {
  const { rows } = await client.query<{ seconds: number | null }>(lastSignOfLife);
  return rows[0]?.seconds ?? null;
}

async function compareChain(sides: Sides, chainId: number): Promise<BackupCheck[]> {
  const check = `chain ${chainId}`;
  const reached = await readCursor(sides.restored, chainId, 'projection');
  if (reached === null) return [{ check, status: 'critical', detail: 'none of its rows are in the backup' }];
  const common = await commonBlock(sides, chainId, reached);
  if (common === null) {
    const detail = `block ${reached.number} (${reached.hash}), the backup’s last block, is not on the chain that this database follows`;
    return [{ check, status: 'critical', detail }];
  }
  const horizon = await journalHorizon(sides.ours, chainId);
  if (common.number < horizon) {
    const detail = `the journal goes back to block ${horizon} only, and the backup ends at block ${reached.number}: restore a newer one`;
    return [{ check, status: 'warning', detail }];
  }
  const checks: BackupCheck[] = [{ check, status: 'ok', detail: `as of block ${common.number}` }];
  for (const set of comparedSets(chainId, common.number)) checks.push(await compareSet(sides, set));
  return checks;
}

/** The last block as of which both databases have rows: the backup's last block or, if it was orphaned since, its last final block. */
async function commonBlock(
  { ours, restored }: Sides,
  chainId: number,
  reached: BlockReference,
): Promise<BlockReference | null> {
  const projected = await readCursor(ours, chainId, 'projection');
  const { rows } = await restored.query<BlockReference>(
    `select final_number::float8 as number, '0x' || encode(final_hash, 'hex') as hash
     from ledger.chains where chain_id = $1 and final_number is not null`,
    [chainId],
  );
  for (const block of [reached, ...rows]) {
    const isReached =
      projected !== null && block.number <= projected.number && block.number <= reached.number;
    if (isReached && (await isCanonical(ours, chainId, block))) return block;
  }
  return null;
}

async function compareSet(sides: Sides, { check, statement, mayGrow }: ComparedSet): Promise<BackupCheck> {
  const [ours, restored] = await Promise.all([
    digestOutput(sides.ours, statement),
    digestOutput(sides.restored, statement),
  ]);
  if (ours.sha256 === restored.sha256) return { check, status: 'ok', detail: `${ours.rows} rows` };
  const counts = `${restored.rows} rows in the backup, ${ours.rows} here`;
  const isGrowth = mayGrow === true && restored.rows < ours.rows;
  return {
    check,
    status: isGrowth ? 'warning' : 'critical',
    detail: isGrowth ? `${counts}: some were added since` : `not the same: ${counts}`,
  };
}
