/**
 * One writer a chain.
 *
 * Two rows, so that a long batch never delays a heartbeat: `ledger.heartbeats` is renewed by the database's clock, and
 * `ledger.leaders` holds the epoch, which every writing transaction locks `FOR SHARE` and compares. Whoever finds the
 * heartbeat old, and sees it stand still for a while, ends the old leader's sessions and raises the epoch; a leader that was
 * paused and wakes up finds another epoch, or its connections gone, and writes nothing.
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

/** Another process leads now: whatever this one was writing is rolled back, and it must stop. */
export class LeadershipLostError extends TraceChainError {
  override readonly name = 'LeadershipLostError';

  constructor(chainId: number, epoch: number) {
    super(`another daemon took over chain ${chainId} from epoch ${epoch}`, {
      code: 'sync/leadership-lost',
      fix: 'nothing is lost: the other daemon goes on; start this one again to have it stand by',
      place: { chainId },
    });
  }
}

export interface LeadershipTimes {
  readonly heartbeatMs: number;
  /** A heartbeat older than this may be a dead leader's. */
  readonly staleAfterMs: number;
  /**
   * For how long a candidate must have seen that heartbeat stand still. Where the database or the whole machine stood still, leader and
   * candidate wake up together, and every heartbeat is old: a leader that lives renews it within `heartbeatMs`.
   */
  readonly confirmMs: number;
}

export const defaultLeadershipTimes: LeadershipTimes = {
  heartbeatMs: 500,
  staleAfterMs: 2_000,
  confirmMs: 750,
};

/** A network that drops packets tells nobody: without a time limit a leader would wait for its heartbeat for a quarter of an hour. */
const answerTimeoutMs = 5_000;
/** A database that is back is to be led at once. */
const longestWaitMs = 1_000;
/** What another epoch makes of the fence. */
const divisionByZero = '22012';
/** A candidate's, of an old heartbeat: two may have the standstill of the whole machine between them. */
const fewestLooks = 3;

/** The name that a process's database sessions carry, so that its successor can end them. */
export function sessionName(instance: string): string {
  return `tracechain ${instance}`;
}

/** The same for a command, which leads only while it executes: it is no standby. */
export function commandSessionName(instance: string): string {
  return `tracechain command ${instance}`;
}

export function newInstance(): string {
  return randomUUID();
}

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

  /** Aborted, with a LeadershipLostError as its reason, when another process has taken over. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * To be the first statement of every writing transaction: holds the epoch until it ends, or throws. Another epoch is an error of the
   * statement itself, so that PostgreSQL refuses whatever was sent behind it without waiting for its answer.
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

  /** Renews the heartbeat; throws when the lease is another's by now. */
  async renew(pool: Pool): Promise<void> {
    const renewed = await executeWithin(pool, answerTimeoutMs, {
      text: 'update ledger.heartbeats set heartbeat_at = clock_timestamp() where chain_id = $1 and epoch = $2',
      values: [this.chainId, this.epoch],
    });
    if (renewed !== 1) throw this.#loss();
  }

  /** Gives the lead away at once, so that a standby needn't wait for the heartbeat to age. */
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

/** Who leads the chain, as far as the heartbeat says; null where nobody does. */
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
 * Runs finite work as the leader, keeping the lease meanwhile, and gives the lead away at its end. The work's signal is aborted when the lead
 * is lost.
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

/** Logs the end of an outage of the database: once, by whoever uses it most often. Each failed attempt has its own line. */
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

/** Waits, for ever if need be, until no other process leads the chain, and takes the lead. */
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
        what: 'looking whether somebody leads',
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
 * Renews the lease until the signal ends it; throws when it is lost. A database that is away for a while ends nothing: nobody can take over
 * without it, and when it is back the epoch says whose the lead is.
 */
export async function renewLease(
  pool: Pool,
  lease: Lease,
  { times, signal, logger }: { times: LeadershipTimes; signal: AbortSignal; logger: Logger },
): Promise<void> {
  const outage = new DatabaseOutage(logger);
  while (!signal.aborted) {
    await retryForever(
      // A candidate that comes back at the same time as this one waits for longer before it leads.
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
      /** Whether the leader's heartbeat is old, and may be renewed yet. */
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

interface Standstill {
  readonly heartbeat: string;
  readonly sinceMs: number;
  readonly looks: number;
}

/** One process's wish to lead, which remembers from one attempt to the next since when it has seen an old heartbeat stand still. */
export class LeaderElection {
  readonly #pool: Pool;
  readonly #candidate: Candidate;
  #standstill: Standstill | null = null;

  constructor(pool: Pool, candidate: Candidate) {
    this.#pool = pool;
    this.#candidate = candidate;
  }

  /** Takes the lead if nobody has it now. To be repeated at least once a heartbeat. */
  async attempt(): Promise<Attempt> {
    try {
      return await this.#attempt();
    } catch (error) {
      // Who can't look doesn't see that nothing moves, and where the database was away nothing could.
      this.#standstill = null;
      throw error;
    }
  }

  async #attempt(): Promise<Attempt> {
    const { chainId, instance, times } = this.#candidate;
    return await withTransaction(this.#pool, async (client) => {
      // A candidate that is frozen between these statements must not keep the next one out.
      await client.query(`set local idle_in_transaction_session_timeout = ${answerTimeoutMs}`);
      await client.query(
        'insert into ledger.heartbeats (chain_id, epoch, heartbeat_at) values ($1, 0, $2) on conflict do nothing',
        [chainId, '-infinity'],
      );
      // The heartbeat's row is the lock between candidates; the leaders' row is held by batches that are being written.
      const { rows } = await client.query<CurrentLeader>(
        `select h.heartbeat_at::text as heartbeat, h.heartbeat_at < clock_timestamp() - make_interval(secs => $2) as stale,
                h.heartbeat_at = '-infinity' as was_released, h.epoch::text, l.instance, l.host, l.pid
         from ledger.heartbeats h left join ledger.leaders l using (chain_id)
         where h.chain_id = $1 for update of h`,
        [chainId, times.staleAfterMs / 1000],
      );
      const current = required(rows[0], 'the heartbeat');
      // The commit of an earlier attempt was answered by nobody, but done.
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
      this.#standstill = null;
      return !stale;
    }
    const nowMs = performance.now();
    const before = this.#standstill?.heartbeat === heartbeat ? this.#standstill : null;
    const { sinceMs, looks } = { sinceMs: before?.sinceMs ?? nowMs, looks: (before?.looks ?? 0) + 1 };
    this.#standstill = { heartbeat, sinceMs, looks };
    return looks < fewestLooks || nowMs - sinceMs < this.#candidate.times.confirmMs;
  }
}

/** Makes the candidate the leader, in the transaction that holds the heartbeat's row. */
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
      // Who stopped in good order gave the lead away; who didn't, died or froze.
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

/** Ends what a dead or frozen leader left open: its locks would hold up the epoch, and its COPY must not go on. */
async function endSessions(client: ClientBase, instance: string, logger: Logger): Promise<void> {
  const { rowCount } = await client.query(
    'select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = any($1) and pid <> pg_backend_pid()',
    [[sessionName(instance), commandSessionName(instance)]],
  );
  if (rowCount) logger.warn({ sessions: rowCount }, 'ended the sessions of the former leader');
}
