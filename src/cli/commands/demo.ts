import { Command } from 'commander';
import { openContext } from '../context.ts';
import type { DemoOptions } from '../demo.ts';
import { exitCodes } from '../exit-codes.ts';
import { listenForShutdown } from '../shutdown.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description('a local system on throw-away data: every event of every contract, projected, summed up')
    .option('--json', 'the last line is one JSON object')
    .addHelpText(
      'after',
      '\nExit code 1 where an event was quarantined or not projected.\n\nExamples:\n  $ tracechain demo\n  $ tracechain demo --json | tail -1 | jq .tables',
    )
    .action(async (options: DemoOptions, command: Command) => {
      const context = await openContext(command);
      using shutdown = listenForShutdown({
        announce: (signal) => context.logger.info({ signal }, 'stopping the demo; again stops at once'),
      });
      // Only who starts the daemon waits for all of it to load.
      const { demo } = await import('../demo.ts');
      process.exitCode = (await demo(context, options, shutdown)) ? exitCodes.good : exitCodes.findings;
    });
}
