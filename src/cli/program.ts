import { Command, InvalidArgumentError } from 'commander';
import { auditProcessName } from './audit-program.ts';
import { programVersion } from './version.ts';

/** The commands in the order of the help. Each one's modules are loaded when it is wanted: all of them take longer than most commands. */
const commands = new Map<string, () => Promise<Command>>([
  ['start', async () => (await import('./commands/start.ts')).startCommand()],
  ['demo', async () => (await import('./commands/demo.ts')).demoCommand()],
  ['status', async () => (await import('./commands/status.ts')).statusCommand()],
  ['contracts', async () => (await import('./commands/contracts.ts')).contractsCommand()],
  ['digest', async () => (await import('./commands/digest.ts')).digestCommand()],
  ['sql', async () => (await import('./commands/sql.ts')).sqlCommand()],
  ['explain', async () => (await import('./commands/explain.ts')).explainCommand()],
  ['tx', async () => (await import('./commands/tx.ts')).txCommand()],
  ['as-of', async () => (await import('./commands/as-of.ts')).asOfCommand()],
  ['coverage', async () => (await import('./commands/coverage.ts')).coverageCommand()],
  ['audit', async () => (await import('./commands/audit.ts')).auditCommand()],
  ['config', async () => (await import('./commands/config.ts')).configCommand()],
  ['init', async () => (await import('./commands/init.ts')).initCommand()],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctorCommand()],
  ['migrate', async () => (await import('./commands/migrate.ts')).migrateCommand()],
  ['replay', async () => (await import('./commands/replay.ts')).replayCliCommand()],
  ['quarantine', async () => (await import('./commands/quarantine.ts')).quarantineCommand()],
  ['resolve', async () => (await import('./commands/resolve.ts')).resolveCliCommand()],
  ['seed', async () => (await import('./commands/seed.ts')).seedCommand()],
  ['maintenance', async () => (await import('./commands/maintenance.ts')).maintenanceCommand()],
]);

/** What the program starts itself with; for nobody to type, and not in the help. */
const innerCommands = new Map<string, () => Promise<Command>>([
  [auditProcessName, async () => (await import('./commands/audit-process.ts')).auditProcessCommand()],
]);

/**
 * The program with the command that the arguments name, or with all where they name none (as help and mistakes do). A
 * wrong usage, help and the version throw commander's errors.
 */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
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
  const [name = ''] = program.exitOverride().parseOptions([...args]).operands;
  const load = commands.get(name) ?? innerCommands.get(name);
  const loads = load === undefined ? [...commands.values()] : [load];
  for (const command of await Promise.all(loads.map((each) => each()))) program.addCommand(command);
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
