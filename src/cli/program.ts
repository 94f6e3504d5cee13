import { Command, InvalidArgumentError } from 'commander';
import { auditProcessName } from './audit-program.ts';
import { programVersion } from './version.ts';

/** The commands in the order of the help. A command's modules are loaded on demand, because loading all of them takes longer than most commands run. */
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

/** Internal commands, which only the program itself starts; not in the help. */
const innerCommands = new Map<string, () => Promise<Command>>([
  [auditProcessName, async () => (await import('./commands/audit-process.ts')).auditProcessCommand()],
]);

/**
 * Creates the program with the command that the arguments name, or with all commands if they name none (for help and errors). Wrong
 * usage, help and the version throw commander's errors.
 */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
  const program = new Command('tracechain')
    .description('Indexes the TraceChain contracts into PostgreSQL.')
    .version(programVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option(
      '-c, --config <file>',
      'the configuration file (default: TRACECHAIN_CONFIG, otherwise tracechain.config.ts)',
      parsePath,
    )
    .option(
      '--data <folder>',
      'the local system’s data folder (default: TRACECHAIN_DATA, otherwise .tracechain)',
      parsePath,
    )
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(tracechain --help lists commands and options)')
    .addHelpText(
      'after',
      `
Exit codes: 0 success, 1 findings or a failed check, 2 could not run.

Examples:
  $ tracechain start                 a complete local system, or the configured daemon
  $ tracechain status                progress and problems
  $ tracechain sql "select * from products"
  $ tracechain init && tracechain doctor`,
    );
  const [name = ''] = program.exitOverride().parseOptions([...args]).operands;
  const load = commands.get(name) ?? innerCommands.get(name);
  const loads = load === undefined ? [...commands.values()] : [load];
  for (const command of await Promise.all(loads.map((each) => each()))) program.addCommand(command);
  // Commands that are added as objects do not inherit these.
  const inherit = (command: Command): void => {
    command.exitOverride().copyInheritedSettings(program);
    for (const subcommand of command.commands) inherit(subcommand);
    // The global options in a subcommand's help would be those of its parent command.
    if (command.parent !== null && command.parent !== program)
      command.configureHelp({ ...command.configureHelp(), showGlobalOptions: false });
  };
  inherit(program);
  return program;
}

/** Refuses an empty path: an unset shell variable must not mean the current folder. */
function parsePath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}
