/** Implements `start`: the daemon alone, or the local system. */
import { maskUrl } from '../engine/rpc/redact.ts';
import { daemonSettings } from '../config/index.ts';
import { maskDatabaseUrl } from '../config/secrets.ts';
import { formatScreen } from '../devnet/screen.ts';
import { runLocalSystem } from '../devnet/system.ts';
import { startAudits } from '../engine/daemon/jobs/audits.ts';
import { startMaintenance } from '../operations/jobs.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { startCommands } from '../engine/leader/commands/executor.ts';
import { allProjections } from '../tracechain/projections.ts';
import { runDaemon, type StartJobs } from '../engine/daemon/daemon.ts';
import type { DaemonSettings } from '../engine/settings.ts';
import { auditProgram } from './audit-program.ts';
import type { CommandContext } from './context.ts';
import { limitHeapGrowth } from './heap.ts';
import { leaderCommands } from './leader-commands.ts';
import { formatFacts, printLine } from './output.ts';
import type { Shutdown } from './shutdown.ts';
import { toJson } from './terminal.ts';

export interface StartOptions {
  /** Delete the local database and devnet first. */
  readonly fresh?: true;
  readonly json?: true;
}

/**
 * Runs until the shutdown's signal. Throws a CannotRunError if it can't start. `onStarted` is called when the daemon follows the chain, or
 * is a standby while another leads.
 */
export async function start(
  context: CommandContext,
  options: StartOptions,
  shutdown: Shutdown,
  onStarted: () => void,
): Promise<void> {
  const run = context.configuration.mode === 'production' ? startProduction : startLocal;
  await run(context, options, shutdown, onStarted);
}

async function startProduction(
  context: CommandContext,
  options: StartOptions,
  shutdown: Shutdown,
  onStarted: () => void,
): Promise<void> {
  if (options.fresh) {
    throw new CannotRunError('--fresh works only with the local system, and a database is configured.', {
      code: 'start/fresh-production',
      fix: 'Omit --fresh, or point DATABASE_URL at an empty database.',
    });
  }
  const settings = daemonSettings(context.configuration);
  limitHeapGrowth();
  await runDaemon({
    projections: allProjections,
    settings,
    logger: context.logger,
    signal: shutdown.signal,
    startJobs: jobsOf(context),
    onStandingBy: onStarted,
    onReady: (chainId) => {
      onStarted();
      printLine(describe(settings, chainId, options.json === true));
    },
  });
}

async function startLocal(
  context: CommandContext,
  options: StartOptions,
  shutdown: Shutdown,
  onStarted: () => void,
): Promise<void> {
  const { configuration, dataFolder, logger } = context;
  await runLocalSystem({
    data: dataFolder,
    fresh: options.fresh === true,
    chain: configuration.mode === 'local' ? 'devnet' : 'configured',
    settingsFor: (parts) => daemonSettings(configuration, parts),
    startJobs: jobsOf(context),
    logger,
    signal: shutdown.signal,
    onReady: (facts) => {
      onStarted();
      printLine(options.json ? toJson(facts) : formatScreen(facts));
    },
  });
}

function jobsOf({ configuration }: CommandContext): StartJobs {
  return async (jobs) => {
    await startMaintenance(configuration.maintenance, jobs);
    await startCommands(leaderCommands, jobs);
    await startAudits({ ...jobs, ...configuration.audit, program: auditProgram });
  };
}

function describe({ chain, contracts, database }: DaemonSettings, chainId: number, asJson: boolean): string {
  const nodes = chain.rpcUrls.map(maskUrl);
  const databaseName = maskDatabaseUrl(database.url);
  if (asJson) {
    return toJson({ chainId, nodes, database: databaseName, contracts: contracts.length, pid: process.pid });
  }
  return formatFacts([
    ['chain', String(chainId)],
    ['nodes', nodes.join(', ')],
    ['database', databaseName],
    ['contracts', `${contracts.length} configured; npx tracechain contracts lists them`],
    ['how far', 'npx tracechain status'],
  ]);
}
