/** Runs audits as jobs of the daemon. pg-boss holds their schedules. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { maskUrl } from '../../rpc/redact.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { ProjectionSet } from '../../projection/projection-set.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import { requestFromLeader } from '../../leader/commands/ask-leader.ts';
import { type Lease, sessionName } from '../../leader/leadership.ts';
import type { DaemonSettings } from '../../settings.ts';
import {
  type AuditDone,
  auditInProcess,
  type AuditProgram,
  type AuditTask,
  FaultyNodeError,
} from '../../audit/audit-process.ts';
import type { AuditMode, AuditResult } from '../../audit/findings/result.ts';
import { countAudits } from '../../audit/findings/record.ts';
import { repairCommand } from '../../replay/repair.ts';

/** The schedule of each audit mode: five cron fields, in UTC. Null: never scheduled. */
export type AuditSchedules = Readonly<Record<AuditMode, string | null>>;

/** The automatic repair after an audit: nothing, or contract state that changed without an event. */
export type AutomaticRepair = 'none' | 'event-less';

export interface AuditJobSettings {
  readonly schedules: AuditSchedules;
  readonly repair: AutomaticRepair;
}

export interface AuditJobs extends AuditJobSettings {
  readonly pool: Pool;
  readonly queue: JobQueue;
  readonly lease: Pick<Lease, 'chainId' | 'instance'>;
  readonly projections: ProjectionSet;
  readonly settings: Pick<DaemonSettings, 'database' | 'chain' | 'ingest'>;
  /** The context of each audit. */
  readonly program: AuditProgram;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const modes: readonly AuditMode[] = ['incremental', 'full'];

/**
 * Writes the configured schedules to the queue, and works on the jobs that become due. Throws database
 * errors.
 */
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
  const { logger, lease, signal } = jobs;
  try {
    const result = await auditAndRepair(jobs, isFull);
    const { block, entities, rows, fields, seconds, findings, scope } = result;
    const facts = { chainId: lease.chainId, block, mode: scope.mode, entities, rows, fields, seconds };
    if (findings.length === 0) return logger.info(facts, 'audit: nothing found');
    logger.warn({ ...facts, findings: findings.length }, 'audit: the tables are not what the chain says');
  } catch (error) {
    if (signal.aborted) throw error;
    logger.warn({ chainId: lease.chainId, err: error }, 'no audit this time');
    // An operator must fix a CannotRunError, so the job does not fail; the queue records any other failure.
    if (!(error instanceof CannotRunError)) throw error;
  }
}

/** Audits, and after a repair returns the audit that follows it. */
async function auditAndRepair(jobs: AuditJobs, isFull: boolean): Promise<AuditResult> {
  const { pool, lease, repair, logger, signal } = jobs;
  const { result, runId, observations } = await askInTurn(jobs, { isFull, observes: repair !== 'none' });
  if (observations.length === 0) return result;
  const { chainId } = lease;
  const repaired = await requestFromLeader(
    repairCommand(jobs.projections),
    { observations, runId },
    { pool, chainId, signal },
  );
  logger.info({ chainId, ...repaired }, 'audit: what changed without an event was entered and folded');
  return (await askInTurn(jobs, { isFull, observes: false })).result;
}

/**
 * Each audit asks a different node first, so that over time every node's answers are compared with the
 * tables. The other nodes are asked if the first contradicts the tables. If a node fails, the next node takes
 * its turn.
 */
async function askInTurn(jobs: AuditJobs, what: Pick<AuditTask, 'isFull' | 'observes'>): Promise<AuditDone> {
  const { pool, lease, logger, settings, program, signal } = jobs;
  const { chainId } = lease;
  const { rpcUrls, requestTimeoutMs, multicall3 } = settings.chain;
  const turn = rpcUrls.length < 2 ? 0 : (await countAudits(pool, chainId)) % rpcUrls.length;
  let fault: FaultyNodeError | null = null;
  for (const offset of rpcUrls.keys()) {
    const first = (turn + offset) % rpcUrls.length;
    const [url, ...others] = [...rpcUrls.slice(first), ...rpcUrls.slice(0, first)];
    if (url === undefined) break;
    const task: AuditTask = {
      databaseUrl: settings.database.url,
      // The next leader terminates the sessions with this name, and with them an audit that the old leader
      // left running.
      sessionName: sessionName(lease.instance),
      rpcUrls: [url, ...others],
      requestTimeoutMs,
      multicall3,
      maximumReadBytes: settings.ingest.maximumReadBytes,
      chainId,
      ...what,
    };
    try {
      return await auditInProcess(program, task, signal);
    } catch (error) {
      if (!(error instanceof FaultyNodeError)) throw error;
      logger.warn({ chainId, node: maskUrl(url), err: error }, 'audit: a node failed; the next is asked');
      fault = error;
    }
  }
  throw (
    fault ?? new CannotRunError('There is no node to ask.', { code: 'audit/no-node', fix: 'Set RPC_URL.' })
  );
}
