import { Command } from 'commander';
import { defaultStatusLimits, type Problem, problemsOf } from '../../operations/status-problems.ts';
import { readStatus } from '../../operations/status.ts';
import type { Status } from '../../operations/status.ts';
import { parseBlockCount, parseChainId, parseSeconds } from '../arguments.ts';
import { openContext } from '../context.ts';
import { findDatabase, withDatabase } from '../database.ts';
import type { FoundDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { formatFacts, printJson, printLine } from '../output.ts';
import { requireReadableSchema } from '../schema-check.ts';

interface StatusOptions {
  readonly json?: true;
  readonly chain?: number;
  readonly maxAge: number;
  readonly maxLag: number;
}

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'show progress, leader and standbys, and every problem with its fix; exit code 1 if there is a problem',
    )
    .option('--json', 'one JSON object')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .option(
      '--max-age <seconds>',
      'the maximum age of the last projected block; more is a problem',
      parseSeconds,
      defaultStatusLimits.maximumAgeSeconds,
    )
    .option(
      '--max-lag <blocks>',
      'the maximum number of blocks between head and rows; more is a problem',
      parseBlockCount,
      defaultStatusLimits.maximumLagBlocks,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ tracechain status
  $ tracechain status --max-age 120 --max-lag 20
  $ tracechain status --json | jq '.problems[].fix'`,
    )
    .action(async (options: StatusOptions, command: Command) => {
      process.exitCode = await showStatus(options, command);
    });
}

async function showStatus(options: StatusOptions, command: Command): Promise<ExitCode> {
  const context = await openContext(command);
  const database = await findDatabase(context);
  const chainId = options.chain ?? context.configuration.chain.expectedChainId;
  const status = await withDatabase(database.url, 'status', async (client) => {
    await requireReadableSchema(client);
    return readStatus(client, chainId);
  });
  const problems = problemsOf(status, {
    maximumAgeSeconds: options.maxAge,
    maximumLagBlocks: options.maxLag,
  });
  if (options.json) printJson({ ...status, problems, database: describeDatabase(database) });
  else printLine(`${formatStatus(status, database)}\n\n${formatProblems(problems)}`);
  return problems.length > 0 ? exitCodes.findings : exitCodes.good;
}

function describeDatabase({ name, local }: FoundDatabase) {
  return { url: name, dataFolder: local?.postgresDataFolder ?? null };
}

function formatStatus(status: Status, database: FoundDatabase): string {
  const { leader, local } = { leader: status.leader, local: database.local };
  const lines: (readonly [string, string])[] = [
    ['chain', String(status.chainId)],
    ['head', headText(status)],
    ['finalized', blockText(status.finalized)],
    ['ingested', blockText(status.ingested)],
    ['projected', projectedText(status)],
    [
      'verified',
      status.verified === null
        ? 'nothing final yet'
        : `${blockText(status.verified)}, again after it was final`,
    ],
    ['behind', status.lagBlocks === null ? 'unknown' : `${status.lagBlocks} blocks`],
    ['leader', leader === null ? 'none' : `process ${leader.pid} on ${leader.host}, since ${leader.since}`],
    ['standbys', standbysText(status)],
    ['contracts', String(status.contracts)],
    ['completeness', status.completeness ?? 'unknown'],
    ['quarantined', quarantinedText(status.quarantined)],
    ['unknown topics', `${status.unknownTopicLogs} logs`],
    ['audit findings', `${status.openFindings.count} open`],
    ['stale areas', status.staleAreas.map(({ area }) => area).join(', ') || 'none'],
    ...noticesOf(status),
    ['halted', haltedText(status)],
    ['database', database.name],
  ];
  if (local?.postgresDataFolder !== undefined) lines.push(['its data', local.postgresDataFolder]);
  if (local !== null)
    lines.push(['local system', `process ${local.pid} (${local.kind}), since ${local.startedAt}`]);
  if (local?.rpcUrl !== undefined) lines.push(['node', local.rpcUrl]);
  return formatFacts(lines);
}

/** Each problem and its fix, on separate lines. */
function formatProblems(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'No problems.';
  const lines = problems.flatMap(({ code, message, fix }): (readonly [string, string])[] => [
    [code, message],
    ['', `→ ${fix}`],
  ]);
  return `Problems:\n${formatFacts(lines)}`;
}

function projectedText({ projected, projectedAt, projectedAgeSeconds }: Status): string {
  if (projectedAt === null || projectedAgeSeconds === null) return blockText(projected);
  return `${blockText(projected)}, ${Math.floor(projectedAgeSeconds)} s ago (${projectedAt})`;
}

function standbysText({ standbys }: Status): string {
  if (standbys.length === 0) return 'none';
  return standbys.map(({ address, since }) => `${address ?? 'local'} since ${since}`).join(', ');
}

function haltedText({ latch, parked }: Status): string {
  const reasons = [
    ...(latch === null ? [] : ['reorg past finality']),
    ...parked.map(({ stream }) => `${stream}, by a write error`),
  ];
  return reasons.length === 0 ? 'no' : `${reasons.join('; ')}: see below`;
}

/** If nothing polls the head, it does not move; the text must not suggest that the chain has stopped. */
function headText({ head, leader, nodeLost }: Status): string {
  if (nodeLost !== null)
    return `${blockText(head)} when a node last answered; none since ${nodeLost.since}: ${nodeLost.error}`;
  return leader === null && head !== null ? `${blockText(head)} when a daemon last asked` : blockText(head);
}

function quarantinedText(count: number): string {
  return count === 0 ? '0' : `${count} (npx tracechain quarantine list)`;
}

/** Facts that are not problems, but that a person should know. */
function noticesOf({ head, firstBlock }: Status): (readonly [string, string])[] {
  const waits = head !== null && firstBlock !== null && firstBlock > head;
  return waits
    ? [['waiting', `contracts start at block ${firstBlock}, which the chain has not reached`]]
    : [];
}

function blockText(number: number | null): string {
  return number === null ? 'unknown' : `block ${number}`;
}
