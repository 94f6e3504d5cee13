/**
 * Leader election: one writer per chain.
 *
 * Two rows separate heartbeats from batches, so that a long batch never delays a heartbeat. `ledger.heartbeats` is renewed by the
 * database's clock. `ledger.leaders` holds the epoch; every writing transaction locks that row `FOR SHARE` and compares the epoch. A
 * candidate that finds an old heartbeat, and observes for a while that it does not change, terminates the old leader's sessions and
 * increments the epoch. A leader that resumes after a pause finds another epoch, or its connections terminated, and writes nothing.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { executeWithin, withTransaction } from '../../db/client.ts';
import { errorCode } from '../../db/errors.ts';
import { recordSystemEvent } from '../../db/system-events.ts';
import { required, TraceChainError } from '../../primitives/errors.ts';
import { sleep } from '../../primitives/time.ts';
import { retryForever } from './retry-forever.ts';

/** Another process leads now. Its takeover rolled back this process's open transactions; this process must stop. */
export class LeadershipLostError extends TraceChainError {
  override readonly name = 'LeadershipLostError';

  constructor(chainId: number, epoch: number) {
    super(`another daemon took over chain ${chainId} from epoch ${epoch}`, {
      code: 'sync/leadership-lost',
      fix: 'no data is lost: the other daemon continues; restart this one to have it stand by',
      place: { chainId },
    });
  }
}

export interface LeadershipTimes {
  readonly heartbeatMs: number;
  /** The leader may be dead if its heartbeat is older than this. */
  readonly staleAfterMs: number;
  /**
   * How long a candidate must observe that the old heartbeat does not change. After a pause of the database or the whole machine, the
   * leader and the candidate resume together and every heartbeat is old; a live leader renews its heartbeat within `heartbeatMs`.
   */
  readonly confirmMs: number;
}

export const defaultLeadershipTimes: LeadershipTimes = {
  heartbeatMs: 500,
  staleAfterMs: 2_000,
  confirmMs: 750,
};

/** A network that drops packets reports no error. Without this limit a leader would wait a quarter of an hour for its heartbeat. */
const answerTimeoutMs = 5_000;
/** Retry often, so that a lease exists soon after the database is back. */
const longestWaitMs = 1_000;
/** The error that a different epoch causes in the fence. */
const divisionByZero = '22012';
/** Observations of an old heartbeat that a candidate needs: the whole machine may have been paused between two of them. */
const minimumObservations = 3;

/** The application name of a process's database sessions, by which its successor terminates them. */
export function sessionName(instance: string): string {
  return `tracechain ${instance}`;
}

/** The application name for a command, which leads only during its execution and is not a standby. */
export function commandSessionName(instance: string): string {
  return `tracechain command ${instance}`;
}

/** A unique name for this process. */
export function newInstance(): string {
  return randomUUID();
}

/** The right to write for a chain under one epoch. It is lost when another process takes over. */
export class Lease {
  readonly chainId: number;
  readonly epoch: number;
  readonly instance: string;
  readonly #lost = new AbortController();

  constructor(chainId: number, epoch: number, instance: string) {
    this.chainId = chainId;
    this.epoch = epoch;
    this.instance = instance;
  }

  /** Aborted with a LeadershipLostError as its reason when another process has taken over. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Must be the first statement of every writing transaction. Locks the epoch until the transaction ends, or throws. A different epoch
   * makes the statement itself fail, so PostgreSQL also refuses statements pipelined behind it.
   */
  async fence(client: ClientBase): Promise<void> {
    try {
      const { rowCount } = await client.query(
        'select 1 / (epoch = $2)::int from ledger.leaders where chain_id = $1 for share',
        [this.chainId, this.epoch],
      );
      if (rowCount === 1) return;
    } catch (error) {
      if (errorCode(error) !== divisionByZero) throw error;
    }
    throw this.#loss();
  }

  /** Renews the heartbeat. Throws if another process holds the lease. */
  async renew(pool: Pool): Promise<void> {
    const renewed = await executeWithin(pool, answerTimeoutMs, {
      text: 'update ledger.heartbeats set heartbeat_at = clock_timestamp() where chain_id = $1 and epoch = $2',
      values: [this.chainId, this.epoch],
    });
    if (renewed !== 1) throw this.#loss();
  }

  /** Releases the lease, so that a standby can take over immediately. */
  async release(pool: Pool): Promise<void> {
    await executeWithin(pool, answerTimeoutMs, {
      text: `update ledger.heartbeats set heartbeat_at = '-infinity' where chain_id = $1 and epoch = $2`,
      values: [this.chainId, this.epoch],
    });
  }

  #loss(): LeadershipLostError {
    const error = new LeadershipLostError(this.chainId, this.epoch);
    this.#lost.abort(error);
    return error;
  }
}

export interface Candidate {
  readonly chainId: number;
  readonly instance: string;
  readonly times: LeadershipTimes;
  readonly logger: Logger;
}

export interface LivingLeader {
  readonly epoch: number;
  readonly host: string;
  readonly pid: number;
}

/** The chain's leader according to the heartbeat, or null if there is none. */
export async function readLeader(
  pool: Pool,
  chainId: number,
  times: LeadershipTimes,
): Promise<LivingLeader | null> {
  const { rows } = await pool.query<LivingLeader>(
    `select epoch::float8, host, pid from ledger.leaders join ledger.heartbeats using (chain_id, epoch)
     where chain_id = $1 and heartbeat_at >= clock_timestamp() - make_interval(secs => $2)`,
    [chainId, times.staleAfterMs / 1000],
  );
  return rows[0] ?? null;
}

/**
 * Runs finite work as the leader: renews the lease meanwhile and releases it at the end. The work's signal is aborted when the lease is
 * lost.
 */
export async function whileLeading<Result>(
  pool: Pool,
  lease: Lease,
  { times, logger }: Pick<Candidate, 'times' | 'logger'>,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const failed = new AbortController();
  const keeping = renewLease(pool, lease, { times, signal: stop.signal, logger }).catch((error: unknown) =>
    failed.abort(error),
  );
  try {
    return await work(AbortSignal.any([lease.lost, failed.signal]));
  } finally {
    stop.abort();
    await keeping;
    await lease.release(pool);
  }
}

/** Logs the end of a database outage once. Each failed attempt is logged by its caller. */
class DatabaseOutage {
  readonly #logger: Logger;
  #sinceMs: number | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  failed(): void {
    this.#sinceMs ??= performance.now();
  }

  answered(): void {
    if (this.#sinceMs === null) return;
    const outageMs = Math.round(performance.now() - this.#sinceMs);
    this.#sinceMs = null;
    this.#logger.info({ outageMs }, 'back: the database answers again');
  }
}

/** Waits without a time limit until no other process leads the chain, and acquires the lease. */
export async function acquireLease(
  pool: Pool,
  options: Candidate & { readonly signal: AbortSignal; readonly onStandingBy?: (() => void) | undefined },
): Promise<Lease> {
  const candidacy = new LeaderElection(pool, options);
  const outage = new DatabaseOutage(options.logger);
  let isStandingBy = false;
  for (;;) {
    options.signal.throwIfAborted();
    const attempt = await retryForever(
      {
        what: 'checking for a leader',
        longestWaitMs,
        ...options,
        onFailure: () => outage.failed(),
      },
      async () => await candidacy.attempt(),
    );
    outage.answered();
    if (attempt.lease !== null) return attempt.lease;
    if (!isStandingBy && !attempt.isSilent) {
      options.logger.info(
        { chainId: options.chainId, leader: attempt.leader },
        'standing by: another daemon leads',
      );
      isStandingBy = true;
      options.onStandingBy?.();
    }
    const { heartbeatMs } = options.times;
    await sleep(attempt.isSilent ? heartbeatMs / 2 : heartbeatMs, options.signal);
  }
}

/**
 * Renews the lease until the signal is aborted, and throws when the lease is lost. A database outage alone does not end the lease: no
 * process can take over without the database, and afterwards the epoch decides.
 */
export async function renewLease(
  pool: Pool,
  lease: Lease,
  { times, signal, logger }: { times: LeadershipTimes; signal: AbortSignal; logger: Logger },
): Promise<void> {
  const outage = new DatabaseOutage(logger);
  while (!signal.aborted) {
    await retryForever(
      // The retries are frequent, because a candidate that reconnects at the same time must wait longer before it takes over.
      {
        what: 'renewing the lead',
        longestWaitMs: times.heartbeatMs,
        signal,
        logger,
        onFailure: () => outage.failed(),
      },
      async () => await lease.renew(pool),
    );
    outage.answered();
    await sleep(times.heartbeatMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

export type Attempt =
  | { readonly lease: Lease }
  | {
      readonly lease: null;
      readonly leader: { readonly host: string; readonly pid: number };
      /** The leader's heartbeat is old, but the leader may still renew it. */
      readonly isSilent: boolean;
    };

interface CurrentLeader {
  readonly heartbeat: string;
  readonly stale: boolean;
  readonly was_released: boolean;
  readonly epoch: string;
  readonly instance: string | null;
  readonly host: string;
  readonly pid: number;
}

interface StaleHeartbeat {
  readonly heartbeat: string;
  readonly sinceMs: number;
  readonly observations: number;
}

/** One process's attempts to acquire the lease. It remembers between attempts since when an old heartbeat has not changed. */
export class LeaderElection {
  readonly #pool: Pool;
  readonly #candidate: Candidate;
  #stale: StaleHeartbeat | null = null;

  constructor(pool: Pool, candidate: Candidate) {
    this.#pool = pool;
    this.#candidate = candidate;
  }

  /** Acquires the lease if no process holds it now. Call it at least once per heartbeat interval. */
  async attempt(): Promise<Attempt> {
    try {
      return await this.#attempt();
    } catch (error) {
      // A failed observation proves nothing: during a database outage no leader can renew its heartbeat.
      this.#stale = null;
      throw error;
    }
  }

  async #attempt(): Promise<Attempt> {
    const { chainId, instance, times } = this.#candidate;
    return await withTransaction(this.#pool, async (client) => {
      // A candidate that freezes between these statements must not block the next one.
      await client.query(`set local idle_in_transaction_session_timeout = ${answerTimeoutMs}`);
      await client.query(
        'insert into ledger.heartbeats (chain_id, epoch, heartbeat_at) values ($1, 0, $2) on conflict do nothing',
        [chainId, '-infinity'],
      );
      // The heartbeat row is the lock between candidates, because batches being written hold the row in `leaders`.
      const { rows } = await client.query<CurrentLeader>(
        `select h.heartbeat_at::text as heartbeat, h.heartbeat_at < clock_timestamp() - make_interval(secs => $2) as stale,
                h.heartbeat_at = '-infinity' as was_released, h.epoch::text, l.instance, l.host, l.pid
         from ledger.heartbeats h left join ledger.leaders l using (chain_id)
         where h.chain_id = $1 for update of h`,
        [chainId, times.staleAfterMs / 1000],
      );
      const current = required(rows[0], 'the heartbeat');
      // An earlier attempt committed, but its response was lost.
      if (!current.stale && current.instance === instance)
        return { lease: new Lease(chainId, Number(current.epoch), instance) };
      if (this.#mayLive(current)) {
        const { host, pid, stale } = current;
        return { lease: null, leader: { host, pid }, isSilent: stale };
      }
      return { lease: await succeed(client, current, this.#candidate) };
    });
  }

  #mayLive({ heartbeat, stale, was_released: wasReleased }: CurrentLeader): boolean {
    if (!stale || wasReleased) {
      this.#stale = null;
      return !stale;
    }
    const nowMs = performance.now();
    const before = this.#stale?.heartbeat === heartbeat ? this.#stale : null;
    const { sinceMs, observations } = {
      sinceMs: before?.sinceMs ?? nowMs,
      observations: (before?.observations ?? 0) + 1,
    };
    this.#stale = { heartbeat, sinceMs, observations };
    return observations < minimumObservations || nowMs - sinceMs < this.#candidate.times.confirmMs;
  }
}

/** Makes the candidate the leader, in the transaction that locks the heartbeat row. */
async function succeed(
  client: ClientBase,
  former: CurrentLeader,
  { chainId, instance, logger }: Candidate,
): Promise<Lease> {
  if (former.instance !== null) await endSessions(client, former.instance, logger);
  const taken = await client.query<{ epoch: string }>(
    `insert into ledger.leaders as l (chain_id, epoch, instance, host, pid, since)
     values ($1, 1, $2, $3, $4, clock_timestamp())
     on conflict (chain_id) do update
       set epoch = l.epoch + 1, instance = excluded.instance, host = excluded.host, pid = excluded.pid, since = excluded.since
     returning epoch::text`,
    [chainId, instance, hostname(), process.pid],
  );
  const epoch = Number(taken.rows[0]?.epoch);
  await client.query(
    'update ledger.heartbeats set epoch = $2, heartbeat_at = clock_timestamp() where chain_id = $1',
    [chainId, epoch],
  );
  if (former.instance !== null) {
    await recordSystemEvent(client, {
      eventType: 'takeover',
      // A regular stop releases the lease. A leader that did not release it crashed or froze.
      severity: former.was_released ? 'info' : 'warning',
      data: {
        chainId,
        epoch,
        wasReleased: former.was_released,
        from: { host: former.host, pid: former.pid },
        to: { host: hostname(), pid: process.pid },
      },
    });
  }
  logger.info({ chainId, epoch }, 'leading');
  return new Lease(chainId, epoch, instance);
}

/** Terminates the sessions of a dead or frozen leader: its locks would block the change of the epoch, and its COPY must not continue. */
async function endSessions(client: ClientBase, instance: string, logger: Logger): Promise<void> {
  const { rowCount } = await client.query(
    'select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = any($1) and pid <> pg_backend_pid()',
    [[sessionName(instance), commandSessionName(instance)]],
  );
  if (rowCount) logger.warn({ sessions: rowCount }, 'terminated the sessions of the former leader');
}
