import { Argument, Command } from 'commander';
import { createPool, withClient } from '../../db/client.ts';
import { runMaintenance } from '../../operations/run.ts';
import type { MaintenanceRun } from '../../operations/run.ts';
import type { MaintenanceSettings } from '../../operations/jobs.ts';
import { isMaintenanceTaskName, maintenanceTaskNames, maintenanceTasks } from '../../operations/tasks.ts';
import type { MaintenanceTaskName } from '../../operations/tasks.ts';
import { CannotRunError, TraceChainError } from '../../primitives/errors.ts';
import { openContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { formatTable, printJson, printLine } from '../output.ts';
import { requireSchema } from '../schema-check.ts';
import { listenForShutdown } from '../shutdown.ts';
import { registerTraceChain } from '../../tracechain/index.ts';

interface MaintenanceCommandOptions {
  readonly json?: true;
}

export function maintenanceCommand(): Command {
  registerTraceChain();
  const list = maintenanceTaskNames.map(
    (name) => `  ${name.padEnd(12)}${maintenanceTasks[name].description}`,
  );
  return new Command('maintenance')
    .description('run one maintenance task now, or all of them; the daemon runs them by schedule')
    .addArgument(new Argument('[task]', 'the task (default: all)').choices(maintenanceTaskNames))
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Tasks, in the order in which they run:
${list.join('\n')}

Exit code 1 if a task fails, or the health check or the backup check finds a problem. Every run is recorded in ledger.maintenance_runs.

Examples:
  $ tracechain maintenance
  $ tracechain maintenance health --json | jq '.runs[0].rows[] | select(.status != "ok")'`,
    )
    .action(async (task: string | undefined, options: MaintenanceCommandOptions, command: Command) => {
      const runs = await runTasks(task, command);
      if (options.json) printJson({ runs: runs.map(describeForProgram) });
      else printLine(runs.map(describeForPerson).join('\n\n'));
      process.exitCode = exitCodeOf(runs);
    });
}

async function runTasks(task: string | undefined, command: Command): Promise<MaintenanceRun[]> {
  const context = await openContext(command);
  const database = await findDatabase(context);
  using shutdown = listenForShutdown({
    announce: (signal) =>
      context.logger.info({ signal }, 'cancelling the current task; a second signal stops at once'),
  });
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'tracechain maintenance',
    maximumConnections: 2,
    // A lost connection also fails the statement that is running.
    onConnectionError: () => undefined,
  });
  try {
    await withClient(pool, requireSchema);
    const runs: MaintenanceRun[] = [];
    for (const name of namedOrAll(task, context.configuration.maintenance)) {
      if (shutdown.signal.aborted) break;
      runs.push(
        await runMaintenance(pool, name, {
          settings: context.configuration.maintenance,
          startedBy: 'command',
          signal: shutdown.signal,
        }),
      );
    }
    return runs;
  } finally {
    await pool.end();
  }
}

/** The named task; without a name all tasks except those that are not configured. */
function namedOrAll(task: string | undefined, { restoredUrl }: MaintenanceSettings): MaintenanceTaskName[] {
  if (task !== undefined) return [task].filter(isMaintenanceTaskName);
  return maintenanceTaskNames.filter((name) => name !== 'backup' || restoredUrl !== null);
}

function exitCodeOf(runs: readonly MaintenanceRun[]): ExitCode {
  if (runs.some(({ error }) => error instanceof CannotRunError)) return exitCodes.couldNotRun;
  const isGood = runs.every(({ outcome }) => outcome === 'succeeded' || outcome === 'skipped');
  return isGood ? exitCodes.good : exitCodes.findings;
}

function describeForProgram({ task, outcome, durationMs, rows, error }: MaintenanceRun) {
  return { task, outcome, durationMs, rows, error: error?.message ?? null };
}

function fixOf(error: Error): string | undefined {
  return error instanceof TraceChainError ? error.fix : undefined;
}

function describeForPerson({ task, outcome, durationMs, rows, error }: MaintenanceRun): string {
  const title = `${task}: ${outcome === 'skipped' ? 'skipped, another run is in progress' : `${outcome} in ${durationMs} ms`}`;
  if (error !== null) return `${title}: ${[error.message, fixOf(error)].filter(Boolean).join('\n')}`;
  const [first] = rows;
  if (first === undefined) return title;
  const columns = Object.keys(first);
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '')));
  return `${title}\n${formatTable(columns, cells)}`;
}
