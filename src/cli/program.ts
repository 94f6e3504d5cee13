import { Command, InvalidArgumentError } from 'commander';
import { asOfCommand } from './commands/as-of.ts';
import { auditCommand } from './commands/audit.ts';
import { configCommand } from './commands/config.ts';
import { contractsCommand } from './commands/contracts.ts';
import { coverageCommand } from './commands/coverage.ts';
import { demoCommand } from './commands/demo.ts';
import { digestCommand } from './commands/digest.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { initCommand } from './commands/init.ts';
import { maintenanceCommand } from './commands/maintenance.ts';
import { migrateCommand } from './commands/migrate.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { replayCliCommand } from './commands/replay.ts';
import { resolveCliCommand } from './commands/resolve.ts';
import { seedCommand } from './commands/seed.ts';
import { sqlCommand } from './commands/sql.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { txCommand } from './commands/tx.ts';
import { programVersion } from './version.ts';

/** The program with all of its commands; a wrong usage, help and the version throw commander's errors. */
export function createProgram(): Command {
  const program = new Command('tracechain')
    .description('Keeps the TraceChain PostgreSQL schema true to the chain.')
    .version(programVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option(
      '-c, --config <file>',
      'the configuration file (default: TRACECHAIN_CONFIG, else tracechain.config.ts)',
      parsePath,
    )
    .option(
      '--data <folder>',
      'the local system’s data folder (default: TRACECHAIN_DATA, else .tracechain)',
      parsePath,
    )
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(tracechain --help shows what there is)')
    .addHelpText(
      'after',
      `
Exit codes: 0 good, 1 findings or a failed check, 2 could not run.

Examples:
  $ tracechain start                 a complete local system, or the daemon that is configured
  $ tracechain status                how far it is
  $ tracechain sql "select * from products"
  $ tracechain init && tracechain doctor`,
    );
  const commands = [
    startCommand(),
    demoCommand(),
    statusCommand(),
    contractsCommand(),
    digestCommand(),
    sqlCommand(),
    explainCommand(),
    txCommand(),
    asOfCommand(),
    coverageCommand(),
    auditCommand(),
    configCommand(),
    initCommand(),
    doctorCommand(),
    migrateCommand(),
    replayCliCommand(),
    quarantineCommand(),
    resolveCliCommand(),
    seedCommand(),
    maintenanceCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  // Commands inherit neither of these by themselves when they are added whole.
  const inherit = (command: Command): void => {
    command.exitOverride().copyInheritedSettings(program);
    for (const subcommand of command.commands) inherit(subcommand);
    // What stands above a command's subcommand are that command's own options.
    if (command.parent !== null && command.parent !== program)
      command.configureHelp({ ...command.configureHelp(), showGlobalOptions: false });
  };
  inherit(program);
  return program;
}

/** A shell variable that isn't set must not come to mean the folder that one happens to be in. */
function parsePath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It names nothing.');
  return text;
}
