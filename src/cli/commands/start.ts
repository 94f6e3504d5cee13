import { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { openContext } from '../context.ts';
import { requireStartable } from '../../config/index.ts';
import { DaemonEndedError } from '../errors.ts';
import { continueOnLostOutput } from '../output.ts';
import { listenForShutdown } from '../shutdown.ts';
import type { StartOptions } from '../start.ts';

export function startCommand(): Command {
  return new Command('start')
    .description('run the daemon; without configuration, a complete local system')
    .option('--fresh', 'delete the local database and devnet first')
    .option('--json', 'print what runs, as one JSON object per line')
    .addHelpText(
      'after',
      `
  nothing configured        embedded PostgreSQL, a devnet with the contracts and activity, the daemon
  RPC_URL                   that chain into an embedded PostgreSQL
  DATABASE_URL and RPC_URL  the production daemon

Ctrl-C, SIGTERM and a closed terminal finish the current batch; a second signal ends the process at once. Exit code 2 if it can't start, 1 if it ends with an error later.

Examples:
  $ tracechain start
  $ tracechain start --fresh
  $ DATABASE_URL=postgres://… RPC_URL=https://… tracechain start`,
    )
    .action(async (options: StartOptions, command: Command) => {
      const context = await openContext(command);
      requireStartable(context.configuration);
      continueOnLostOutput();
      using shutdown = listenForShutdown({
        announce: (signal) =>
          context.logger.info({ signal }, 'stopping after the current batch; a second signal stops at once'),
      });
      // Loaded here, because the daemon's modules take longer to load than most commands run.
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

/** Ends the process even if a connection hangs, for example to a database behind a network that is down. */
function forceExitAfter(): void {
  setTimeout(() => process.exit(), leavingMs).unref();
}

const leavingMs = 3_000;
