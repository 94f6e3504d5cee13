/** Executes the commands that wait for the chain's leader, one after the other, and records their outcomes. */
import { withTransaction } from '../../../db/client.ts';
import {
  type ClaimedCommand,
  claimCommand,
  closeInterrupted,
  finishCommand,
  isCancelRequested,
  reportProgress,
} from '../command-records.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import { sleep } from '../../../primitives/time.ts';
import { LeadershipLostError } from '../leadership.ts';
import { retryForever } from '../retry-forever.ts';
import { type CommandProgress, type ExecutionContext, type LeaderCommand, failureOf } from './command.ts';
import type { JobQueue } from '../../queue/job-queue.ts';

/** The part of a command's context that all commands share. */
export type LeaderContext = Omit<ExecutionContext, 'report'>;

const cancelPollMs = 300;
const progressIntervalMs = 500;

/** The leader's executor. One command runs at a time. */
export class CommandExecutor {
  readonly #commands: ReadonlyMap<string, LeaderCommand>;
  readonly #context: LeaderContext;
  #running: Promise<void> | null = null;
  #wokenAgain = false;

  constructor(commands: readonly LeaderCommand[], context: LeaderContext) {
    this.#commands = new Map(commands.map((command) => [command.name, command]));
    this.#context = context;
  }

  /** Closes commands that earlier leaders did not finish. Call it once, before the first execution. */
  async closeInterrupted(): Promise<void> {
    const { pool, lease } = this.#context;
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await closeInterrupted(client, lease.chainId, lease.epoch);
    });
  }

  /** Resolves when all commands that were waiting at the time of the call are done. */
  async executeWaiting(): Promise<void> {
    this.#wokenAgain = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /** Executes one command. Returns false if it is no longer waiting. */
  async executeOne(id: Uuid): Promise<boolean> {
    const command = await this.#claim(id);
    if (command !== null) await this.#execute(command);
    return command !== null;
  }

  async #run(): Promise<void> {
    while (this.#wokenAgain) {
      this.#wokenAgain = false;
      for (;;) {
        this.#context.signal.throwIfAborted();
        const command = await this.#claim(null);
        if (command === null) break;
        await this.#execute(command);
      }
    }
  }

  async #claim(id: Uuid | null): Promise<ClaimedCommand | null> {
    const { pool, lease } = this.#context;
    return await withTransaction(pool, async (client) => {
      await lease.fence(client);
      return await claimCommand(client, { chainId: lease.chainId, epoch: lease.epoch, id });
    });
  }

  async #execute(command: ClaimedCommand): Promise<void> {
    const { id, name, input } = command;
    const { logger, signal } = this.#context;
    const { chainId } = this.#context.lease;
    const startedAt = performance.now();
    logger.info({ chainId, command: name, id }, 'command started');
    using cancellation = this.#watchForCancel(id);
    try {
      const known = this.#commands.get(name);
      if (known === undefined) throw unknownCommand(name);
      const context = {
        ...this.#context,
        signal: AbortSignal.any([signal, cancellation.signal]),
        report: this.#reporter(command),
      };
      const result = await known.execute(input, context);
      await this.#finish(command, { outcome: 'succeeded', result });
      logger.info({ chainId, command: name, id, durationMs: elapsed(startedAt) }, 'command done');
    } catch (error) {
      const isInterrupted = signal.aborted || (await this.#isReplaced());
      const outcome = isInterrupted ? 'interrupted' : cancellation.signal.aborted ? 'cancelled' : 'failed';
      logger.warn({ chainId, command: name, id, outcome, err: error }, 'command did not succeed');
      await this.#finish(command, outcome === 'failed' ? { outcome, error: failureOf(error) } : { outcome });
    }
  }

  /**
   * A successor terminates this process's sessions, which can fail the command before the heartbeat reports the lost lease. The row then
   * belongs to the successor. The heartbeat renewal blocks until the successor has committed its takeover, possibly on a session that is
   * terminated next, and then gives the answer.
   */
  async #isReplaced(): Promise<boolean> {
    const { pool, lease, logger, signal } = this.#context;
    try {
      await retryForever(
        { what: 'checking whether this process still leads', signal, logger },
        async () => await lease.renew(pool),
      );
      return false;
    } catch (error) {
      return signal.aborted || error instanceof LeadershipLostError;
    }
  }

  /** Retries until the database accepts the outcome, because the command line waits for it. Tries only once if the process is stopping. */
  async #finish(command: ClaimedCommand, end: Parameters<typeof finishCommand>[2]): Promise<void> {
    const { pool, logger, signal } = this.#context;
    const finish = async (): Promise<void> => await finishCommand(pool, command, end);
    if (signal.aborted) await finish();
    else await retryForever({ what: 'storing a command’s outcome', signal, logger }, finish);
  }

  #reporter(command: ClaimedCommand): (progress: CommandProgress) => void {
    const { pool, logger } = this.#context;
    let reportedAt = Number.NEGATIVE_INFINITY;
    return (progress) => {
      const now = performance.now();
      if (now - reportedAt < progressIntervalMs) return;
      reportedAt = now;
      // Not awaited, so that progress reports never delay the work.
      reportProgress(pool, command, progress).catch((error: unknown) =>
        logger.warn({ err: error }, 'could not store a command’s progress'),
      );
    };
  }

  /** Returns a signal that is aborted when the command line requests cancellation. Dispose it to stop watching. */
  #watchForCancel(id: Uuid): { readonly signal: AbortSignal } & Disposable {
    const { pool, logger, signal } = this.#context;
    const cancel = new AbortController();
    const stop = new AbortController();
    const watching = AbortSignal.any([signal, stop.signal]);
    const watch = async (): Promise<void> => {
      while (!watching.aborted) {
        await sleep(cancelPollMs, watching);
        if (await isCancelRequested(pool, id)) return cancel.abort(new CancelledError());
      }
    };
    watch().catch((error: unknown) => {
      if (!watching.aborted) logger.warn({ err: error }, 'stopped watching a command for cancellation');
    });
    return { signal: cancel.signal, [Symbol.dispose]: () => stop.abort() };
  }
}

/** The command line cancelled the command. */
export class CancelledError extends CannotRunError {
  constructor() {
    super('The command was cancelled.', {
      code: 'sync/command-cancelled',
      fix: 'Its changes were rolled back.',
    });
  }
}

function unknownCommand(name: string): CannotRunError {
  return new CannotRunError(`The daemon does not know the command ${name}.`, {
    code: 'sync/unknown-command',
    fix: 'The daemon runs another version than this command line: start the daemon with this version.',
  });
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/** Executes these commands until the signal is aborted. */
export async function startCommands(
  commands: readonly LeaderCommand[],
  { queue, ...context }: LeaderContext & { readonly queue: JobQueue },
): Promise<void> {
  const { pool, lease } = context;
  const executor = new CommandExecutor(commands, context);
  await executor.closeInterrupted();
  await queue.work('commands', async () => await executor.executeWaiting());
  // Requests from before the queue existed have sent no job, so this start executes them.
  await withTransaction(
    pool,
    async (client) => await queue.send(client, 'commands', { chainId: lease.chainId }),
  );
}
