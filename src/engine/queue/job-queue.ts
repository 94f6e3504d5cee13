/** A small interface to pg-boss: typed jobs that are sent in the caller's transaction and processed until the queue stops. */
import type { ClientBase } from 'pg';
import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { sleep } from '../../primitives/time.ts';
import { QueueDatabase } from './queue-database.ts';
import {
  type ChainQueueName,
  isPerChain,
  type QueueJobs,
  type QueueName,
  queueNames,
  queues,
} from './queues.ts';

/** The schema of pg-boss's tables. */
const queueSchema = 'pgboss';

export interface JobQueueOptions {
  /** The chain whose jobs are worked on: each has queues of its own, so that two daemons in one database never take each other's. */
  readonly chainId: number;
  readonly connectionString: string;
  readonly applicationName: string;
  readonly logger: Logger;
  /** How often due schedules are checked. Less than a minute, the resolution of schedules. */
  readonly scheduleIntervalSeconds?: number;
}

/** How often a worker polls for jobs. Usually LISTEN/NOTIFY wakes it much earlier. */
const safetyPollSeconds = 2;
const defaultScheduleIntervalSeconds = 30;
const stopTimeoutMs = 5_000;

/** The job queues of one database. Create it with `JobQueue.start`. */
export class JobQueue {
  readonly #boss: PgBoss;
  readonly #database: QueueDatabase;
  readonly #chainId: number;
  readonly #logger: Logger;
  readonly #worked = new Set<QueueName>();

  private constructor(boss: PgBoss, database: QueueDatabase, { chainId, logger }: JobQueueOptions) {
    this.#boss = boss;
    this.#database = database;
    this.#chainId = chainId;
    this.#logger = logger;
  }

  /** Installs or upgrades pg-boss's schema (pg-boss locks it itself), creates the queues, and starts to listen. */
  static async start(options: JobQueueOptions): Promise<JobQueue> {
    const database = new QueueDatabase(options);
    const boss = new PgBoss({
      db: database,
      schema: queueSchema,
      useListenNotify: true,
      cronMonitorIntervalSeconds: options.scheduleIntervalSeconds ?? defaultScheduleIntervalSeconds,
    });
    const queue = new JobQueue(boss, database, options);
    // Without a listener an `error` event ends the process. pg-boss recovers from a lost connection by itself.
    boss.on('error', (error) => queue.#logger.error({ err: error }, 'queue error'));
    boss.on('warning', (warning) => queue.#logger.warn({ warning }, 'queue warning'));
    try {
      await boss.start();
      for (const name of queueNames) await boss.createQueue(nameOf(name, options.chainId), queues[name]);
      await queue.#takeOverSharedJobs();
    } catch (error) {
      // A caller that retries creates a new queue.
      await queue.#close().catch(() => undefined);
      throw error;
    }
    return queue;
  }

  /**
   * Sends a wake-up in the caller's transaction; the job exists only if that transaction commits. If a wake-up is already waiting, it
   * serves for both. It is locked until the caller commits, because a worker that took it earlier would not see the caller's changes.
   */
  async send<Name extends ChainQueueName>(
    client: ClientBase,
    name: Name,
    data: QueueJobs[Name],
  ): Promise<void> {
    await sendWakeUp(this.#boss, client, name, data);
  }

  /**
   * Sends a job whenever the cron expression (five fields, UTC) matches. Several processes with the same schedule send only one job. If no
   * process was running at a due time, the job is sent once, later. Repeating the call with the same key changes the schedule.
   */
  async schedule<Name extends QueueName>(
    name: Name,
    { key, cron, data }: { readonly key: string; readonly cron: string; readonly data: QueueJobs[Name] },
  ): Promise<void> {
    if (isPerChain(name)) await this.#boss.unschedule(name, key);
    await this.#boss.schedule(nameOf(name, this.#chainId), cron, data, {
      key,
      singletonKey: key,
      tz: 'UTC',
      missed: 'once',
    });
  }

  /** Removes a schedule, if it exists. */
  async unschedule(name: QueueName, key: string): Promise<void> {
    if (isPerChain(name)) await this.#boss.unschedule(name, key);
    await this.#boss.unschedule(nameOf(name, this.#chainId), key);
  }

  /**
   * An earlier version's queues were shared by all chains. Their wake-ups are sent again anyway; a job that links rows carries what no
   * other job does, so it is kept.
   */
  async #takeOverSharedJobs(): Promise<void> {
    await this.#database.executeSql(
      `update ${queueSchema}.job set name = $1 where name = 'links' and state = 'created' and data ->> 'chainId' = $2`,
      [nameOf('links', this.#chainId), String(this.#chainId)],
    );
  }

  /**
   * Calls `handler` for every job, one at a time. If the handler throws, the queue's policy decides about retries. Only the first handler
   * of a queue counts, so that a caller can repeat the registration of several handlers after one of them failed.
   */
  async work<Name extends QueueName>(
    name: Name,
    handler: (data: QueueJobs[Name]) => Promise<void>,
  ): Promise<void> {
    if (this.#worked.has(name)) return;
    await this.#boss.work<QueueJobs[Name]>(
      nameOf(name, this.#chainId),
      {
        pollingIntervalSeconds: safetyPollSeconds,
        // The default is 30 s while notifications arrive. A job that was locked when its notification arrived would wait that long.
        notifyPollingIntervalSeconds: safetyPollSeconds,
        batchSize: 1,
      },
      async (jobs) => {
        for (const job of jobs) await handler(job.data);
      },
    );
    this.#worked.add(name);
  }

  /** Waits up to five seconds for running handlers, and closes the connections. */
  async stop(): Promise<void> {
    // pg-boss's own graceful stop checks only every half second whether the handlers have finished.
    const finished = new AbortController();
    const handlers = Promise.allSettled(
      [...this.#worked].map(
        async (name) => await this.#boss.offWork(nameOf(name, this.#chainId), { wait: true }),
      ),
    ).finally(() => finished.abort());
    await Promise.race([handlers, sleep(stopTimeoutMs, finished.signal).catch(() => undefined)]);
    await this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#boss.stop({ graceful: false });
    } finally {
      await this.#database.close();
    }
  }
}

/**
 * Sends a wake-up in the caller's transaction, from a process that has no workers. Sends nothing if the queue does not exist yet, because
 * then no daemon is waiting either.
 */
export async function wakeQueue<Name extends ChainQueueName>(
  client: ClientBase,
  name: Name,
  data: QueueJobs[Name],
): Promise<void> {
  const { rows } = await client.query<{ is_installed: boolean }>(
    `select to_regclass('${queueSchema}.queue') is not null as is_installed`,
  );
  if (rows[0]?.is_installed !== true) return;
  const { rowCount } = await client.query(`select from ${queueSchema}.queue where name = $1`, [
    nameOf(name, data.chainId),
  ]);
  // This instance is never started: it has no connection of its own and sends through the caller's.
  if (rowCount === 1)
    await sendWakeUp(new PgBoss({ db: through(client), schema: queueSchema }), client, name, data);
}

async function sendWakeUp<Name extends ChainQueueName>(
  boss: PgBoss,
  client: ClientBase,
  name: Name,
  data: QueueJobs[Name],
): Promise<void> {
  const queueName = nameOf(name, data.chainId);
  const singletonKey = String(data.chainId);
  let isSent = false;
  // A worker may have taken the waiting job between the two statements. Then a new job can be inserted.
  while (!isSent) {
    const id = await boss.send(queueName, data, { db: through(client), singletonKey });
    isSent = id !== null || (await lockWaitingJob(client, queueName, singletonKey));
  }
}

/** The queue's name in pg-boss. */
function nameOf(name: QueueName, chainId: number): string {
  return isPerChain(name) ? `${name}-${chainId}` : name;
}

function through(client: ClientBase) {
  return { executeSql: async (text: string, values?: unknown[]) => await client.query(text, values) };
}

/** Locks the waiting job, which workers then skip. Returns whether there was one. */
async function lockWaitingJob(client: ClientBase, name: string, singletonKey: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from ${queueSchema}.job
     where name = $1 and singleton_key = $2 and state = 'created' for update`,
    [name, singletonKey],
  );
  return rowCount !== null && rowCount > 0;
}
