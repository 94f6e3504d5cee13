/** Executes the commands that wait for the chain's leader, one after the other, and writes down what became of each. */
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
import type { CommandProgress, ExecutionContext, LeaderCommand } from './command.ts';
import { failureOf } from './failure.ts';

/** What commands have around them, but for what is each one's own. */
export type LeaderContext = Omit<ExecutionContext, 'report'>;

const cancelPollMs = 300;
const progressIntervalMs = 500;

export class CommandExecutor {
  readonly #commands: ReadonlyMap<string, LeaderCommand>;
  readonly #context: LeaderContext;
  #running: Promise<void> | null = null;
  #wokenAgain = false;

  constructor(commands: readonly LeaderCommand[], context: LeaderContext) {
    this.#commands = new Map(commands.map((command) => [command.name, command]));
    this.#context = context;
  }

  /** Closes what earlier leaders left in the middle: to be called once, before anything is executed. */
  async closeInterrupted(): Promise<void> {
    const { pool, lease } = this.#context;
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await closeInterrupted(client, lease.chainId, lease.epoch);
    });
  }

  /** Resolves when every command that waited before the call is done. */
  async executeWaiting(): Promise<void> {
    this.#wokenAgain = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /** Executes one command; false where it isn't waiting any more. */
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
      logger.warn({ chainId, command: name, id, outcome, err: error }, 'command ended without success');
      await this.#finish(command, outcome === 'failed' ? { outcome, error: failureOf(error) } : { outcome });
    }
  }

  /**
   * A successor ends this process's sessions, and what failed of that failed before the heartbeat could tell: that row is the successor's
   * until its lead is committed, so renewing it waits for the answer, on a session that may be the next to be ended.
   */
  async #isReplaced(): Promise<boolean> {
    const { pool, lease, logger, signal } = this.#context;
    try {
      await retryForever(
        { what: 'looking whether this process still leads', signal, logger },
        async () => await lease.renew(pool),
      );
      return false;
    } catch (error) {
      return signal.aborted || error instanceof LeadershipLostError;
    }
  }

  /** Is tried until the database takes it, for the command line waits for it; when the process stops, once. */
  async #finish(command: ClaimedCommand, end: Parameters<typeof finishCommand>[2]): Promise<void> {
    const { pool, logger, signal } = this.#context;
    const finish = async (): Promise<void> => await finishCommand(pool, command, end);
    if (signal.aborted) await finish();
    else await retryForever({ what: 'writing down a command’s end', signal, logger }, finish);
  }

  #reporter(command: ClaimedCommand): (progress: CommandProgress) => void {
    const { pool, logger } = this.#context;
    let reportedAt = Number.NEGATIVE_INFINITY;
    return (progress) => {
      const now = performance.now();
      if (now - reportedAt < progressIntervalMs) return;
      reportedAt = now;
      // Beside the work, which it never holds up.
      reportProgress(pool, command, progress).catch((error: unknown) =>
        logger.warn({ err: error }, 'a command’s progress couldn’t be written down'),
      );
    };
  }

  /** A signal that is aborted when the command line asks for it; watching ends with its disposal. */
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
      if (!watching.aborted) logger.warn({ err: error }, 'a command can’t be cancelled any more');
    });
    return { signal: cancel.signal, [Symbol.dispose]: () => stop.abort() };
  }
}

/** The command line gave the command up. */
export class CancelledError extends CannotRunError {
  constructor() {
    super('The command was cancelled.', { code: 'sync/command-cancelled', fix: 'Nothing of it was kept.' });
  }
}

function unknownCommand(name: string): CannotRunError {
  return new CannotRunError(`The daemon doesn’t know the command ${name}.`, {
    code: 'sync/unknown-command',
    fix: 'It runs another version than this command line: start it with this one.',
  });
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
