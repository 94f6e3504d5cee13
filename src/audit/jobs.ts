/** Audits as the daemon's jobs, beside everything else that it does: pg-boss keeps the times. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { isNodeFault } from '../chain/errors.ts';
import type { NodePool } from '../chain/nodes.ts';
import { withTransaction } from '../db/client.ts';
import { recordSystemEvent } from '../db/system-events.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import { CannotRunError } from '../primitives/errors.ts';
import type { Address } from '../primitives/hex.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import { askLeader } from '../sync/commands/ask-leader.ts';
import type { AuditMode, AuditResult } from './result.ts';
import { countAudits } from './record.ts';
import { repairCommand } from './repair.ts';
import { runAudit } from './run.ts';
import type { AuditOptions } from './settings.ts';

/** When each kind runs: five cron fields, in UTC. Null: never by itself. */
export type AuditSchedules = Readonly<Record<AuditMode, string | null>>;

/** What is put right without anybody's asking: nothing, or what contracts changed without an event. */
export type AutomaticRepair = 'none' | 'event-less';

export interface AuditJobSettings {
  readonly schedules: AuditSchedules;
  readonly repair: AutomaticRepair;
}

export interface AuditJobs extends AuditJobSettings {
  readonly pool: Pool;
  readonly queue: JobQueue;
  readonly lease: { readonly chainId: number };
  readonly nodes: () => NodePool;
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
  const { pool, logger, lease } = jobs;
  try {
    const result = await auditAndRepair(jobs, isFull);
    const { block, entities, rows, fields, seconds, findings, scope } = result;
    const facts = { chainId: lease.chainId, block, mode: scope.mode, entities, rows, fields, seconds };
    if (findings.length === 0) return logger.info(facts, 'audit: nothing found');
    logger.warn({ ...facts, findings: findings.length }, 'audit: the tables are not what the chain says');
    await announce(pool, result);
  } catch (error) {
    if (!(error instanceof CannotRunError)) throw error;
    logger.warn({ chainId: lease.chainId, err: error }, 'no audit this time');
  }
}

/** Where something was repaired, the audit after it. */
async function auditAndRepair(jobs: AuditJobs, isFull: boolean): Promise<AuditResult> {
  const { pool, lease, repair, logger, signal } = jobs;
  if (repair === 'none') return await askInTurn(jobs, { isFull });
  let observations: readonly PlacedObservation[] = [];
  const result = await askInTurn(jobs, {
    isFull,
    onObserved: (observed) => {
      observations = observed;
    },
  });
  if (observations.length === 0) return result;
  const { chainId } = lease;
  const repaired = await askLeader(repairCommand(), { observations }, { pool, chainId, signal });
  logger.info({ chainId, ...repaired }, 'audit: what changed without an event was entered and folded');
  return await askInTurn(jobs, { isFull });
}

/**
 * Each time another node is the first to be asked, so that in time every node's answers are held against the tables; the others
 * are asked where it contradicts them. One that fails passes its turn on.
 */
async function askInTurn(
  jobs: AuditJobs,
  what: Pick<AuditOptions, 'isFull' | 'onObserved'>,
): Promise<AuditResult> {
  const { pool, lease, logger, multicall3, maximumReadBytes, signal, now } = jobs;
  const { chainId } = lease;
  const { nodes } = jobs.nodes();
  const turn = nodes.length < 2 ? 0 : (await countAudits(pool, chainId)) % nodes.length;
  let fault: unknown = null;
  for (const offset of nodes.keys()) {
    const first = (turn + offset) % nodes.length;
    const [node, ...others] = [...nodes.slice(first), ...nodes.slice(0, first)];
    if (node === undefined) break;
    try {
      return await runAudit({
        pool,
        nodes: [node, ...others],
        chainId,
        at: null,
        areas: null,
        sample: null,
        isRecorded: true,
        startedBy: 'schedule',
        multicall3,
        maximumReadBytes,
        logger,
        now,
        signal,
        ...what,
      });
    } catch (error) {
      if (!isNodeFault(error)) throw error;
      logger.warn({ chainId, node: node.name, err: error }, 'audit: a node failed; the next is asked');
      fault = error;
    }
  }
  throw (
    fault ?? new CannotRunError('There is no node to ask.', { code: 'audit/no-node', fix: 'Set RPC_URL.' })
  );
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
