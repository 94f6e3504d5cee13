import { Command } from 'commander';
import { openContext } from '../context.ts';
import type { DemoOptions } from '../demo.ts';
import { exitCodes } from '../exit-codes.ts';
import { continueOnLostOutput } from '../output.ts';
import { listenForShutdown } from '../shutdown.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'run a local system on temporary data: every event of every contract, projected and summarized',
    )
    .option('--json', 'the last line is one JSON object')
    .addHelpText(
      'after',
      '\nExit code 1 if an event was quarantined or not projected.\n\nExamples:\n  $ tracechain demo\n  $ tracechain demo --json | tail -1 | jq .tables',
    )
    .action(async (options: DemoOptions, command: Command) => {
      const context = await openContext(command);
      // The demo removes its servers and data at its end.
      continueOnLostOutput();
      using shutdown = listenForShutdown({
        announce: (signal) =>
          context.logger.info({ signal }, 'stopping the demo; a second signal stops at once'),
      });
      // Loaded here, because the daemon's modules take longer to load than most commands run.
      const { demo } = await import('../demo.ts');
      process.exitCode = (await demo(context, options, shutdown)) ? exitCodes.good : exitCodes.findings;
    });
}
