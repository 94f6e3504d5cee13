/** Audits as the daemon's jobs, beside everything else that it does: pg-boss keeps the times. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { NodePool } from '../chain/nodes.ts';
import { withTransaction } from '../db/client.ts';
import { recordSystemEvent } from '../db/system-events.ts';
import { CannotRunError } from '../primitives/errors.ts';
import type { Address } from '../primitives/hex.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import type { AuditMode, AuditResult } from './result.ts';
import { runAudit } from './run.ts';

/** When each kind runs: five cron fields, in UTC. Null: never by itself. */
export type AuditSchedules = Readonly<Record<AuditMode, string | null>>;

export interface AuditJobs {
  readonly pool: Pool;
  readonly queue: JobQueue;
  readonly lease: { readonly chainId: number };
  readonly nodes: () => NodePool;
  readonly schedules: AuditSchedules;
  /** Null where every call goes alone. */
  readonly multicall3: Address | null;
  readonly maximumReadBytes: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

const modes: readonly AuditMode[] = ['incremental', 'full'];

/** Puts the schedules into the queue as they are configured now, and works on what comes due. */
export async function startAudits(jobs: AuditJobs): Promise<void> {
  const { queue, schedules } = jobs;
  for (const mode of modes) {
    const cron = schedules[mode];
    if (cron === null) await queue.unschedule('audit', mode);
    else await queue.schedule('audit', { key: mode, cron, data: { mode } });
  }
  await queue.work('audit', async ({ mode }) => await auditNow(jobs, mode === 'full'));
}

async function auditNow(jobs: AuditJobs, isFull: boolean): Promise<void> {
  const { pool, logger, lease, multicall3, maximumReadBytes, signal, now } = jobs;
  const { chainId } = lease;
  const what = { chainId, at: null, areas: null, isFull, sample: null };
  const how = { isRecorded: true, startedBy: 'schedule', multicall3, maximumReadBytes, logger, now, signal };
  try {
    const result = await jobs
      .nodes()
      .run(async (node) => await runAudit({ pool, nodes: [node], ...what, ...how }));
    const { block, entities, rows, fields, seconds, findings, scope } = result;
    const facts = { chainId, block, mode: scope.mode, entities, rows, fields, seconds };
    if (findings.length === 0) return logger.info(facts, 'audit: nothing found');
    logger.warn({ ...facts, findings: findings.length }, 'audit: the tables are not what the chain says');
    await announce(pool, result);
  } catch (error) {
    if (!(error instanceof CannotRunError)) throw error;
    logger.warn({ chainId, err: error }, 'no audit this time');
  }
}

async function announce(pool: Pool, { chainId, block, findings }: AuditResult): Promise<void> {
  const classes = Object.fromEntries(
    Array.from(
      Map.groupBy(findings, (finding) => finding.class),
      ([name, found]) => [name, found.length],
    ),
  );
  await withTransaction(pool, async (client) => {
    await recordSystemEvent(client, {
      eventType: 'audit_findings',
      severity: 'error',
      data: { chainId, block, findings: findings.length, classes },
    });
  });
}
