/**
 * The command line's side: asks the leader for a command and waits for its end; where nobody leads, takes the lead for as long as the command
 * takes. A daemon that is started meanwhile stands by until then.
 */
import pRetry from 'p-retry';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { NodePool } from '../../chain/nodes.ts';
import { createPool } from '../../../db/client.ts';
import { awaitCommand, type CommandState, requestCancel } from '../command-records.ts';
import { required } from '../../../primitives/errors.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import { sleep } from '../../../primitives/time.ts';
import {
  LeaderElection,
  defaultLeadershipTimes,
  type Lease,
  newInstance,
  readLeader,
  commandSessionName,
  whileLeading,
} from '../leadership.ts';
import { isTransient } from '../retry-forever.ts';
import { Mutex } from '../../../primitives/mutex.ts';
import { interrupted, requestWaking, resultOf } from './ask-leader.ts';
import { type Command, type CommandProgress, leaderCommand } from './command.ts';
import { CommandExecutor } from './executor.ts';

export interface RunOptions {
  readonly databaseUrl: string;
  readonly chainId: number;
  readonly nodes: () => NodePool;
  readonly logger: Logger;
  /** Aborting it cancels the command: it is stopped where it is, and what it hadn't committed is rolled back. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CommandProgress) => void;
  /** Told once when the leader, who is alive, hasn't begun after some seconds. */
  readonly onWaiting?: (leader: { readonly host: string; readonly pid: number }) => void;
}

const pollMs = 200;
const sayWaitingAfterMs = 5_000;
/** Some six seconds: a successor ends this process's sessions, and a database that restarts ends everybody's. */
const askingAgain = {
  retries: 5,
  minTimeout: pollMs,
  shouldRetry: ({ error }: { error: Error }) => isTransient(error),
};
const connections = 4;

/** Runs a command by whoever leads the chain; rejects with the error that it failed of there. */
export async function runCommand<Input, Result>(
  command: Command<Input, Result>,
  input: Input,
  options: RunOptions,
): Promise<Result> {
  const instance = newInstance();
  const pool = createPool({
    connectionString: options.databaseUrl,
    applicationName: commandSessionName(instance),
    maximumConnections: connections,
    // What breaks fails the statement that is under way, too.
    onConnectionError: () => undefined,
  });
  try {
    const id = await requestWaking(pool, options.chainId, command.name, input);
    const waiting = new WaitingCommand(pool, options, {
      id,
      instance,
      execute: async (lease) => await executeHere(pool, lease, id, command, options),
    });
    return command.result.parse(await waiting.end());
  } finally {
    await pool.end();
  }
}

interface Waiting {
  readonly id: Uuid;
  /** Of this process, should it have to lead. */
  readonly instance: string;
  readonly execute: (lease: Lease) => Promise<void>;
}

class WaitingCommand {
  readonly #pool: Pool;
  readonly #options: RunOptions;
  readonly #waiting: Waiting;
  readonly #candidacy: LeaderElection;
  readonly #since = performance.now();
  #executing: Promise<void> | null = null;
  #saidWaiting = false;
  #saidProgress = '';

  constructor(pool: Pool, options: RunOptions, waiting: Waiting) {
    this.#pool = pool;
    this.#options = options;
    this.#waiting = waiting;
    const { chainId, logger } = options;
    const { instance } = waiting;
    this.#candidacy = new LeaderElection(pool, { chainId, instance, times: defaultLeadershipTimes, logger });
  }

  /** What the command answered, whoever executed it. */
  async end(): Promise<unknown> {
    try {
      for (;;) {
        const state = await pRetry(async () => await this.#look(), askingAgain);
        if (state.outcome !== null) return resultOf(state);
        await this.#pause();
      }
    } finally {
      await Promise.allSettled([this.#executing]);
    }
  }

  /** Rejects with what kept this process from executing the command; how the command itself ended is seen in its row. */
  async #pause(): Promise<void> {
    const pause = sleep(pollMs);
    await (this.#executing === null ? pause : Promise.race([pause, this.#executing.then(() => pause)]));
  }

  async #look(): Promise<CommandState> {
    const { chainId, signal } = this.#options;
    const { id, execute } = this.#waiting;
    if (signal.aborted) await requestCancel(this.#pool, id);
    // The leader first: who has begun and ended since is then seen to have ended.
    const leader = await readLeader(this.#pool, chainId, defaultLeadershipTimes);
    const state = required(await awaitCommand(this.#pool, id), 'the command that was asked for');
    this.#tell(state);
    if (state.outcome !== null || this.#executing !== null) return state;
    if (leader === null) {
      // Who leads next closes what the last one left in the middle, this process too.
      const { lease } = await this.#candidacy.attempt();
      if (lease !== null) this.#start(execute(lease));
    } else if (state.startedEpoch === null) this.#tellWaiting(leader);
    else if (leader.epoch > state.startedEpoch) throw interrupted();
    return state;
  }

  #start(executing: Promise<void>): void {
    this.#executing = this.#untilExecuted(executing);
    // A failure is thrown by the next pause; until then it must not count as unhandled.
    void this.#executing.catch(() => undefined);
  }

  /** Where the command couldn't be claimed any more, it is executed anew. */
  async #untilExecuted(executing: Promise<void>): Promise<void> {
    await executing;
    this.#executing = null;
  }

  #tell({ progress }: CommandState): void {
    const text = JSON.stringify(progress);
    if (progress === null || text === this.#saidProgress) return;
    this.#saidProgress = text;
    this.#options.onProgress(progress as CommandProgress);
  }

  #tellWaiting(leader: { readonly host: string; readonly pid: number }): void {
    if (this.#saidWaiting || performance.now() - this.#since < sayWaitingAfterMs) return;
    this.#saidWaiting = true;
    this.#options.onWaiting?.(leader);
  }
}

/**
 * Executes the command in this process, which leads meanwhile. To cancel it is asked of the row, as everywhere, so that it ends as cancelled and
 * not as what a leader left behind.
 */
async function executeHere<Input, Result>(
  pool: Pool,
  lease: Lease,
  id: Uuid,
  command: Command<Input, Result>,
  { nodes, logger }: RunOptions,
): Promise<void> {
  await whileLeading(pool, lease, { times: defaultLeadershipTimes, logger }, async (signal) => {
    const turns = new Mutex();
    const executor = new CommandExecutor([leaderCommand(command)], {
      pool,
      lease,
      nodes,
      logger,
      betweenBatches: async (work) => await turns.take(work),
      // None runs here; the daemon's next start goes on.
      resumeProjection: () => undefined,
      signal,
    });
    await executor.closeInterrupted();
    await executor.executeOne(id);
  });
}
