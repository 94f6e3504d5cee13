/**
 * The daemon: one chain, one leader, and the tasks that keep the tables in sync with the chain. The daemon
 * owns every task, and one signal ends them all. The first failure ends all tasks and becomes the daemon's
 * error.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { measureBlockTimeMs } from '../chain/block-time.ts';
import { type AnnouncedHead, followHead, pollHead } from '../source/head.ts';
import { createNode } from '../rpc/node.ts';
import { createNodePool, type NodePool } from '../chain/nodes.ts';
import { tellOnce } from '../rpc/odd-errors.ts';
import { maskUrl } from '../rpc/redact.ts';
import { createPool, withClient, withTransaction } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { contractsOfWrongKind } from '../ledger/unknown-topics.ts';
import { readBacklog } from '../ledger/backlog.ts';
import { recordCompleteness } from '../ledger/chains.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { JobQueue } from '../queue/job-queue.ts';
import { Backlog } from './ingest/backlog.ts';
import type { LeaderContext } from '../leader/commands/executor.ts';
import { recordConfiguredContracts } from './start/configured-contracts.ts';
import { examineCode } from './start/contract-code.ts';
import { FinalVerifier } from './verify/final-verifier.ts';
import { FreshLogs } from './ingest/fresh-logs.ts';
import { heartbeatLogMs, logHeartbeats } from './supervision/heartbeat-log.ts';
import { ChainGuard, identify } from './start/identity.ts';
import { Ingest } from './ingest/ingest.ts';
import { confirmMovements, linkRest } from './jobs/derived-columns.ts';
import { fillReceipts } from './jobs/receipts.ts';
import {
  defaultLeadershipTimes,
  renewLease,
  type Lease,
  newInstance,
  sessionName,
  acquireLease,
} from '../leader/leadership.ts';
import { failoverRecorder, NodeOutages } from './supervision/node-outages.ts';
import { backfillAddedContracts } from './verify/added-contracts.ts';
import { retryForever } from '../leader/retry-forever.ts';
import { Projector } from './projection/projector.ts';
import { requireCheckableReceipts } from './start/receipts-capability.ts';
import { recordProjectionVersions } from '../leader/projection-versions.ts';
import type { DaemonSettings } from '../settings.ts';
import { RestartableTask } from './supervision/restartable.ts';
import {
  defaultWatchdogTimes,
  type IngestPulse,
  watchIngest,
  type WatchdogTimes,
} from './supervision/watchdog.ts';
import { type RunTask, superviseTasks, within } from './supervision/supervise.ts';

export interface DaemonOptions {
  readonly settings: DaemonSettings;
  readonly logger: Logger;
  /**
   * Aborting it ends the daemon. Running batches are finished or rolled back; no data is lost or duplicated.
   */
  readonly signal: AbortSignal;
  readonly projections: ProjectionSet;
  readonly watchdogTimes?: WatchdogTimes | undefined;
  /** Milliseconds between two log lines of an idle daemon; five minutes if undefined. */
  readonly heartbeatLogMs?: number | undefined;
  /** Adds other jobs (maintenance). Called once the queue runs, to register its handlers. */
  readonly startJobs?: StartJobs | undefined;
  /** Called once, when the daemon leads and follows the chain. */
  readonly onReady?: (chainId: number) => void;
  /** Called once if another daemon leads, before this one waits for the lease. */
  readonly onStandingBy?: () => void;
}

/** Milliseconds that tasks may take to end after the abort. */
const graceMs = 10_000;

/** Called again if the database fails meanwhile. */
export type StartJobs = (jobs: JobContext) => Promise<void>;

/** The context for handlers of other jobs; the signal ends them with the daemon. */
export interface JobContext extends LeaderContext {
  readonly queue: JobQueue;
  readonly settings: DaemonSettings;
  readonly projections: ProjectionSet;
}

/**
 * Runs until the signal is aborted. Rejects with a CannotRunError if it cannot start, or with the error that
 * stopped it.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { settings, logger } = options;
  const instance = newInstance();
  const database = {
    connectionString: settings.database.url,
    applicationName: sessionName(instance),
    onConnectionError: (error: Error) => logger.warn({ err: error }, 'database connection lost'),
  };
  const pool = createPool({ ...database, maximumConnections: settings.database.poolSize });
  const writingPool = createPool({ ...database, maximumConnections: 1, isPipelined: true });
  try {
    const guard = new ChainGuard(pool, options.signal);
    const nodes = nodePool(settings, pool, guard, logger);
    const lease = await becomeLeader(pool, nodes, guard, instance, options);
    if (lease === null) return;
    try {
      await lead({ ...options, pool, writingPool, nodes, lease });
    } finally {
      await releaseLead(pool, lease, logger);
    }
  } finally {
    // A connection that waits for an answer that never comes would block the pool, and the process, forever.
    await within(graceMs, Promise.all([pool.end(), writingPool.end()]));
  }
  logger.info('stopped');
}

/**
 * A failed release is only logged, so that the daemon's own error is the one reported. A standby takes over
 * once the heartbeat expires.
 */
async function releaseLead(pool: Pool, lease: Lease, logger: Logger): Promise<void> {
  try {
    await lease.release(pool);
  } catch (error) {
    logger.warn(
      { err: error },
      'the lead couldn’t be given away: a standby takes it when the heartbeat is old',
    );
  }
}

/**
 * Returns the lease once the schema exists, the chain is the right one and no other daemon leads; null if the
 * daemon is stopped before.
 */
async function becomeLeader(
  pool: Pool,
  nodes: NodePool,
  guard: ChainGuard,
  instance: string,
  options: DaemonOptions,
): Promise<Lease | null> {
  const { logger, signal, onStandingBy } = options;
  try {
    await retryForever({ what: 'migrating', signal, logger }, async () => await migrate({ pool, logger }));
    const { chain } = options.settings;
    const chainId = await identify({ pool, nodes, guard, chain, logger, signal });
    const candidate = { chainId, instance, times: defaultLeadershipTimes, logger };
    return await acquireLease(pool, { ...candidate, signal, onStandingBy });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

interface Leading extends DaemonOptions {
  readonly pool: Pool;
  /** One pipelined connection, for the transactions that write rows. */
  readonly writingPool: Pool;
  readonly nodes: NodePool;
  readonly lease: Lease;
}

async function lead(leading: Leading): Promise<void> {
  const { settings, logger, pool, lease } = leading;
  const queues = new AsyncDisposableStack();
  try {
    await superviseTasks(
      AbortSignal.any([leading.signal, lease.lost]),
      async (signal, run) => {
        // The heartbeat starts first, because a later step may take longer than the lease lasts.
        const times = defaultLeadershipTimes;
        run('leadership', async () => await renewLease(pool, lease, { times, signal, logger }));
        await retryForever({ what: 'preparing', signal, logger }, async () => await prepare(leading, signal));
        const queue = await retryForever({ what: 'starting the queue', signal, logger }, async () => {
          const started = await JobQueue.start({
            chainId: lease.chainId,
            connectionString: settings.database.url,
            applicationName: sessionName(lease.instance),
            logger,
          });
          // Registered immediately, so that the queue is stopped even if the daemon is aborted during its
          // start.
          queues.defer(async () => await started.stop());
          return started;
        });
        await startTasks(leading, queue, signal, run);
        leading.onReady?.(lease.chainId);
      },
      { graceMs },
    );
    lease.lost.throwIfAborted();
  } finally {
    await within(graceMs, queues.disposeAsync());
  }
}

/**
 * Records configured contracts and projection versions in the ledger. Throws a CannotRunError for those that
 * it cannot accept.
 */
async function prepare(
  { settings, logger, pool, nodes, lease, projections }: Leading,
  signal: AbortSignal,
): Promise<void> {
  const { chainId } = lease;
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await recordCompleteness(client, chainId, settings.chain.completeness);
  });
  const late = await recordConfiguredContracts(pool, lease, settings.contracts, async (fresh) => {
    const { withoutCode } = await retryForever(
      { what: 'looking at the contracts', signal, logger },
      async () => await nodes.run(async (node) => await examineCode(node, chainId, fresh, signal)),
    );
    for (const { kind, address } of withoutCode)
      logger.warn({ chainId, kind, address }, 'no code at a configured address yet');
  });
  if (settings.chain.completeness === 'receipts')
    await requireCheckableReceipts({ pool, lease, nodes: nodes.nodes, logger, signal });
  await recordProjectionVersions(pool, lease, projections, logger);
  await backfillAddedContracts(
    {
      pool,
      lease,
      nodes,
      chain: settings.chain,
      ingest: settings.ingest,
      projections: projections,
      logger,
      signal,
    },
    late,
  );
  const wrongKind = await withClient(pool, async (client) => await contractsOfWrongKind(client, chainId));
  for (const address of wrongKind)
    logger.warn(
      { chainId, address },
      'nothing of this contract could be decoded: its configured kind may be wrong',
    );
}

/** About one kilobyte each. */
const mostFreshLogs = 20_000;

async function startTasks(
  leading: Leading,
  queue: JobQueue,
  signal: AbortSignal,
  run: RunTask,
): Promise<void> {
  const { settings, logger, pool, writingPool, nodes, lease } = leading;
  const { chainId } = lease;
  const backlog = new Backlog(settings.ingest);
  const waiting = { signal, logger };
  const left = await retryForever({ what: 'reading the backlog', ...waiting }, async () =>
    withClient(pool, async (client) => await readBacklog(client, chainId)),
  );
  if (left !== null) backlog.appended(left);
  const { projections } = leading;
  const limits = settings.projection;
  const freshLogs = new FreshLogs(Math.min(settings.ingest.maximumAheadLogs, mostFreshLogs));
  const converging = { pool, writingPool, lease, queue, projections, limits, backlog, freshLogs, logger };
  const projector = new Projector(converging, signal);
  await retryForever({ what: 'lifting a parking', ...waiting }, async () => await projector.retryHalted());
  await queue.work('projection', async () => await projector.catchUp());
  await queue.work('confirmation', async () => await confirmMovements(pool, lease, signal));
  await queue.work('receipts', async () => await fillReceipts({ pool, lease, nodes, projections, signal }));
  await queue.work(
    'links',
    async ({ productIds }) => await linkRest({ pool, lease, links: projections.links, signal }, productIds),
  );
  const jobs: JobContext = {
    pool,
    lease,
    queue,
    settings,
    projections,
    nodes: () => nodes,
    logger,
    betweenBatches: async (work) => await projector.betweenBatches(work),
    resumeProjection: () => projector.resume(),
    signal,
  };
  await retryForever({ what: 'starting the jobs', ...waiting }, async () => await leading.startJobs?.(jobs));
  run('projection', async () => await projector.run());
  const verifier = new FinalVerifier({ pool, lease, nodes, chain: settings.chain, logger, signal });
  run('verification', async () => await verifier.run());
  const outages = new NodeOutages(pool, chainId, logger);
  const ingest = new Ingest({
    ...converging,
    nodes,
    chain: settings.chain,
    settings: settings.ingest,
    projector,
    verifier,
    outages,
  });
  const source = new RestartableTask(
    async (running) => await ingest.run(heads({ settings, nodes, outages, logger }, running), running),
    graceMs,
  );
  run('ingest', async () => await source.run(signal));
  const times = leading.watchdogTimes ?? defaultWatchdogTimes;
  const clock = (): number => performance.now();
  const pulse = (): IngestPulse => ingest.pulse();
  const intervalMs = leading.heartbeatLogMs ?? heartbeatLogMs;
  run('heartbeat log', async () => await logHeartbeats({ pool, chainId, nodes, logger, signal, intervalMs }));
  run('watchdog', async () => {
    await watchIngest({ chainId, pool, nodes, pulse, source, times, clock, logger, signal });
  });
}

function nodePool(settings: DaemonSettings, pool: Pool, guard: ChainGuard, logger: Logger): NodePool {
  const nodes = settings.chain.rpcUrls.map((url) =>
    createNode({
      url,
      timeoutMs: settings.chain.requestTimeoutMs,
      onOddError: tellOnce(url, (told) =>
        logger.warn({ node: maskUrl(url), ...told }, 'a node gave an error of a kind that isn’t known'),
      ),
    }),
  );
  return createNodePool({
    nodes,
    now: () => performance.now(),
    admit: async (node) => await guard.admit(node),
    onFailover: failoverRecorder(pool, logger, () => performance.now()),
  });
}

interface Following {
  readonly settings: DaemonSettings;
  readonly nodes: NodePool;
  readonly outages: NodeOutages;
  readonly logger: Logger;
}

/**
 * Yields the heads of the chain. Also reports an outage of all nodes, because without an answer no head
 * reaches ingest.
 */
async function* heads(
  { settings, nodes, outages, logger }: Following,
  signal: AbortSignal,
): AsyncGenerator<AnnouncedHead> {
  const { pollIntervalMs, requestTimeoutMs, webSocketUrls } = settings.chain;
  const measured = await retryForever(
    {
      what: 'measuring the time between blocks',
      signal,
      logger,
      onFailure: (error) => outages.failed('head', error),
    },
    async () => await nodes.run(async (node) => await measureBlockTimeMs(node, { signal })),
  );
  yield* followHead({
    ...(measured === null ? {} : { blockTime: { initialMs: measured } }),
    async getHead(pollSignal) {
      try {
        const head = await nodes.run(async (node) => await pollHead(node)(pollSignal));
        outages.answered('head');
        return head;
      } catch (error) {
        if (!pollSignal.aborted) outages.failed('head', error);
        throw error;
      }
    },
    webSocketUrls,
    pollIntervalMs,
    timeoutMs: requestTimeoutMs,
    signal,
    onProblem: (error) => logger.warn({ err: error }, 'following the head: trying again'),
  });
}
