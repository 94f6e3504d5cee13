import { Command } from 'commander';
import { CannotRunError } from '../../primitives/errors.ts';
import { openContext } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { fail, ok } from '../doctor/check.ts';
import type { Finding } from '../doctor/check.ts';
import { checkConfiguration, checkVersions } from '../doctor/configuration.ts';
import { checkDatabase } from '../doctor/database.ts';
import type { DatabaseReport } from '../doctor/database.ts';
import { checkNodes } from '../doctor/node.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { harmless } from '../terminal.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('is this configuration, this node, this database fit; what isn’t, with its fix')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExit code 1 where a check fails; a warning is none.\n\nExamples:\n  $ tracechain doctor\n  $ tracechain doctor --json | jq .findings',
    )
    .action(async (options: { readonly json?: true }, command: Command) => {
      const findings = await examine(await openContext(command));
      const failed = findings.filter(({ level }) => level === 'fail').length;
      const warned = findings.filter(({ level }) => level === 'warn').length;
      if (options.json) printJson({ failed, warned, findings });
      else printLine(formatFindings(findings, failed, warned));
      process.exitCode = failed > 0 ? exitCodes.findings : exitCodes.good;
    });
}

async function examine(context: CommandContext): Promise<Finding[]> {
  const { configuration } = context;
  const database = await examineDatabase(context);
  const nodes =
    configuration.chain.rpcUrls.length === 0
      ? [ok('node', 'node', 'none is configured: the local system runs its own')]
      : await checkNodes(configuration, database.chains);
  return [
    ...checkConfiguration(configuration),
    ...checkVersions(process.versions.node),
    ...nodes,
    ...database.findings,
  ];
}

/** Without DATABASE_URL there is nothing to look at but a local system that runs, and none has to. */
async function examineDatabase(context: CommandContext): Promise<DatabaseReport> {
  try {
    return await checkDatabase(await findDatabase(context), context.configuration.database.poolSize);
  } catch (error) {
    if (!(error instanceof CannotRunError)) throw error;
    const isMissing = error.code === 'cli/no-database';
    const finding = isMissing
      ? ok('database', 'database', 'none is configured: start runs an embedded PostgreSQL')
      : fail('database', 'database', error.message, error.fix ?? 'See the message.');
    return { findings: [finding], chains: [] };
  }
}

function formatFindings(findings: readonly Finding[], failed: number, warned: number): string {
  const areas = [...new Set(findings.map(({ area }) => area))];
  const lines = areas.flatMap((area) => [
    `${area}:`,
    ...findings.filter((finding) => finding.area === area).flatMap(formatFinding),
    '',
  ]);
  const verdict = failed > 0 ? `${failed} failed` : 'nothing failed';
  return [...lines, `${verdict}, ${warned} to look at`].map(harmless).join('\n');
}

function formatFinding({ fix, level, message, subject }: Finding): string[] {
  const line = `  ${level.padEnd(5)} ${subject}: ${message}`;
  return fix === undefined ? [line] : [line, `        ${fix}`];
}
