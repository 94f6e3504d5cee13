/**
 * The command line's side: requests a command from the leader and waits for its end. If no process leads, this process acquires the lease
 * for the duration of the command; a daemon started meanwhile stands by.
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
import { Mutex } from '../../../primitives/async.ts';
import { interrupted, requestWaking, resultOf } from './ask-leader.ts';
import { type Command, type CommandProgress, leaderCommand } from './command.ts';
import { CommandExecutor } from './executor.ts';

export interface RunOptions {
  readonly databaseUrl: string;
  readonly chainId: number;
  readonly nodes: () => NodePool;
  readonly logger: Logger;
  /** Aborting the signal cancels the command: it stops, and its uncommitted changes are rolled back. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CommandProgress) => void;
  /** Called once if a live leader has not started the command after some seconds. */
  readonly onWaiting?: (leader: { readonly host: string; readonly pid: number }) => void;
}

const pollMs = 200;
const reportWaitingAfterMs = 5_000;
/** About six seconds in total. A successor terminates this process's sessions, and a database restart terminates all sessions. */
const retryOptions = {
  retries: 5,
  minTimeout: pollMs,
  shouldRetry: ({ error }: { error: Error }) => isTransient(error),
};
const connections = 4;

/** Runs a command in the leader's process, or in this one if no process leads. Rejects with the error of the failed command. */
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
    // A broken connection also fails the current statement, which reports it.
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
  /** This process's instance name, for the case that it has to lead. */
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
  #reportedWaiting = false;
  #reportedProgress = '';

  constructor(pool: Pool, options: RunOptions, waiting: Waiting) {
    this.#pool = pool;
    this.#options = options;
    this.#waiting = waiting;
    const { chainId, logger } = options;
    const { instance } = waiting;
    this.#candidacy = new LeaderElection(pool, { chainId, instance, times: defaultLeadershipTimes, logger });
  }

  /** The result of the command, regardless of which process executed it. */
  async end(): Promise<unknown> {
    try {
      for (;;) {
        const state = await pRetry(async () => await this.#look(), retryOptions);
        if (state.outcome !== null) return resultOf(state);
        await this.#pause();
      }
    } finally {
      await Promise.allSettled([this.#executing]);
    }
  }

  /** Rejects if this process could not execute the command. The command's own outcome is read from its row. */
  async #pause(): Promise<void> {
    const pause = sleep(pollMs);
    await (this.#executing === null ? pause : Promise.race([pause, this.#executing.then(() => pause)]));
  }

  async #look(): Promise<CommandState> {
    const { chainId, signal } = this.#options;
    const { id, execute } = this.#waiting;
    if (signal.aborted) await requestCancel(this.#pool, id);
    // Read the leader first: a leader that starts and finishes in between is then seen to have finished.
    const leader = await readLeader(this.#pool, chainId, defaultLeadershipTimes);
    const state = required(await awaitCommand(this.#pool, id), 'the requested command');
    this.#reportProgress(state);
    if (state.outcome !== null || this.#executing !== null) return state;
    if (leader === null) {
      // The next leader closes commands that the previous one did not finish, including those of this process.
      const { lease } = await this.#candidacy.attempt();
      if (lease !== null) this.#start(execute(lease));
    } else if (state.startedEpoch === null) this.#reportWaiting(leader);
    else if (leader.epoch > state.startedEpoch) throw interrupted();
    return state;
  }

  #start(executing: Promise<void>): void {
    this.#executing = this.#untilExecuted(executing);
    // The next pause throws this failure. Until then it must not count as an unhandled rejection.
    void this.#executing.catch(() => undefined);
  }

  /** Clears the finished execution, so that the command can be executed again if it could not be claimed. */
  async #untilExecuted(executing: Promise<void>): Promise<void> {
    await executing;
    this.#executing = null;
  }

  #reportProgress({ progress }: CommandState): void {
    const text = JSON.stringify(progress);
    if (progress === null || text === this.#reportedProgress) return;
    this.#reportedProgress = text;
    this.#options.onProgress(progress as CommandProgress);
  }

  #reportWaiting(leader: { readonly host: string; readonly pid: number }): void {
    if (this.#reportedWaiting || performance.now() - this.#since < reportWaitingAfterMs) return;
    this.#reportedWaiting = true;
    this.#options.onWaiting?.(leader);
  }
}

/**
 * Executes the command in this process, which holds the lease meanwhile. Cancellation is requested through the row, as for any leader, so
 * that the command ends as cancelled instead of interrupted.
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
      // No projection runs in this process. The next daemon resumes it.
      resumeProjection: () => undefined,
      signal,
    });
    await executor.closeInterrupted();
    await executor.executeOne(id);
  });
}
