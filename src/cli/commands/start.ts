import { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { openContext } from '../context.ts';
import { requireStartable } from '../../config/index.ts';
import { DaemonEndedError } from '../errors.ts';
import { listenForShutdown } from '../shutdown.ts';
import type { StartOptions } from '../start.ts';

export function startCommand(): Command {
  return new Command('start')
    .description('run the daemon; with nothing configured, a complete local system around it')
    .option('--fresh', 'begin the local database and devnet anew')
    .option('--json', 'what runs, as one JSON object a line')
    .addHelpText(
      'after',
      `
  nothing configured        embedded PostgreSQL, a devnet with the contracts and activity, the daemon
  RPC_URL                   that chain into an embedded PostgreSQL
  DATABASE_URL and RPC_URL  the production daemon

Ctrl-C and SIGTERM finish the batch in hand; a second one leaves at once. Exit code 2 if it can't start, 1 if it ends by an error later.

Examples:
  $ tracechain start
  $ tracechain start --fresh
  $ DATABASE_URL=postgres://… RPC_URL=https://… tracechain start`,
    )
    .action(async (options: StartOptions, command: Command) => {
      const context = await openContext(command);
      requireStartable(context.configuration);
      using shutdown = listenForShutdown({
        announce: (signal) =>
          context.logger.info({ signal }, 'stopping after the batch in hand; again stops at once'),
      });
      // Only who starts the daemon waits for all of it to load.
      const { start } = await import('../start.ts');
      const { guardEventLoop } = await import('../../engine/daemon/supervision/event-loop-guard.ts');
      using _guard = guardEventLoop();
      let hasStarted = false;
      try {
        await start(context, options, shutdown, () => {
          hasStarted = true;
        });
        process.exitCode = exitCodes.good;
      } catch (error) {
        throw hasStarted ? new DaemonEndedError(error) : error;
      } finally {
        forceExitAfter();
      }
    });
}

/** A connection that hangs, to a database behind a network that is gone, would keep the process alive after all work has ended. */
function forceExitAfter(): void {
  setTimeout(() => process.exit(), leavingMs).unref();
}

const leavingMs = 3_000;
