import { Command, Option } from 'commander';
import { allProjections } from '../../tracechain/projections.ts';
import { type CodeVersion, versionsOf } from '../../engine/replay/code-versions.ts';
import { defaultBatchLogs, replayCommand } from '../../engine/replay/command.ts';
import type { TableDifference } from '../../engine/replay/difference.ts';
import { dryRunReplay } from '../../engine/replay/dry-run.ts';
import type { ReplayInput, ReplayResult } from '../../engine/replay/replay.ts';
import { printable } from '../../primitives/text.ts';
import { parseBlockNumber, parseChainId } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import { openContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { runLeaderCommand, withRunOptions } from '../leader-commands.ts';
import { formatTable, printJson, printLine } from '../output.ts';

interface ReplayOptions {
  readonly from?: number;
  readonly only?: string;
  readonly stale?: true;
  readonly dryRun?: true;
  readonly refetch?: true;
  readonly mend?: true;
  readonly json?: true;
  readonly yes?: true;
  readonly chain?: number;
}

export function replayCliCommand(): Command {
  return new Command('replay')
    .description(
      'project the ledger again and correct rows that differ, while the daemon keeps running; needs no node',
    )
    .option('--from <block>', 'only from this block on; earlier rows are used as they are', parseBlockNumber)
    .addOption(
      new Option('--only <area>', 'only this area, and the areas that depend on it').choices([
        ...allProjections.areas,
      ]),
    )
    .option('--stale', 'only stale areas, from their first stale block')
    .option(
      '--dry-run',
      'show what would change with this command’s own code, and change nothing; exit code 1 if anything would',
    )
    .option(
      '--refetch',
      'fetch from the node again first, and report differences; adds reads that the ledger lacks',
    )
    .option(
      '--mend',
      'with --refetch: correct the ledger if it differs from the chain, before it is projected',
    )
    .option('--json', 'one JSON object')
    .option('--yes', 'don’t ask for confirmation')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
With unchanged code and unmodified rows, nothing changes, and the command says so.

Examples:
  $ tracechain replay --dry-run
  $ tracechain replay --stale --yes
  $ tracechain replay --only products --from 120000`,
    )
    .action(async (options: ReplayOptions, command: Command) => {
      if (options.mend === true && (options.refetch !== true || options.dryRun === true)) {
        command.error(
          "error: option '--mend' needs option '--refetch', and cannot be used with option '--dry-run'",
          {
            code: 'commander.conflictingOption',
          },
        );
      }
      const input: ReplayInput = {
        from: options.from ?? null,
        only: options.only ?? null,
        stale: options.stale === true,
        dryRun: options.dryRun === true,
        refetch:
          options.refetch === true
            ? { ...(await refetchSettings(command)), mends: options.mend === true }
            : null,
        versions: versionsOf(allProjections),
      };
      if (!input.dryRun)
        await confirm(
          options.mend === true
            ? 'Correct the ledger if it differs from the chain, and project it again?'
            : 'Project the ledger again and change the rows that differ?',
          options.yes === true,
        );
      const result = await runReplay(input, command, options);
      if (options.json) printJson(result);
      else printLine(describe(result));
      const isFinding =
        (result.refetched?.differences.length ?? 0) > 0 || (input.dryRun && hasDifferences(result));
      process.exitCode = isFinding ? exitCodes.findings : exitCodes.good;
    });
}

/**
 * A dry run is executed here, with this code. A dry run that refetches adds reads to the ledger, so the leader executes it, as it
 * executes every replay that changes rows.
 */
async function runReplay(
  input: ReplayInput,
  command: Command,
  options: ReplayOptions,
): Promise<ReplayResult> {
  if (!input.dryRun || input.refetch !== null)
    return await runLeaderCommand(replayCommand(allProjections), input, command, options);
  return await withRunOptions(
    'replay',
    command,
    options,
    async (run) =>
      await dryRunReplay(input, { ...run, projections: allProjections, batchLogs: defaultBatchLogs }),
  );
}

async function refetchSettings(command: Command): Promise<NonNullable<ReplayInput['refetch']>> {
  const { ingest, chain } = (await openContext(command)).configuration;
  return { maximumReadBytes: ingest.maximumReadBytes, multicall3: chain.multicall3 };
}

function hasDifferences({ differences, tailRows, resolved, quarantined }: ReplayResult): boolean {
  return differences.length + tailRows + resolved + quarantined > 0;
}

function describe(result: ReplayResult): string {
  const versions = result.dryRun ? describeVersions(result.versions) : [];
  return [...describeRefetch(result.refetched), ...versions, describeReplay(result)].join('\n');
}

function describeRefetch(refetched: ReplayResult['refetched']): string[] {
  if (refetched === null) return [];
  const { blocks, reads, readsAdded, readsUnavailable, mended, differences } = refetched;
  const unavailable = readsUnavailable === 0 ? '' : `, ${readsUnavailable} of which it can no longer answer`;
  const added = readsAdded === 0 ? '' : ` ${readsAdded} reads were added to the ledger.`;
  return [
    `Fetched ${blocks} blocks with logs and ${reads} reads from the node again${unavailable}.${added}`,
    ...(mended === 0 ? [] : [`${mended} blocks of the ledger were corrected.`]),
    differences.length === 0 ? 'The node’s answers are the same.' : 'The node’s answers differ:',
    ...differences.map(({ blockNumber, what }) => `  block ${blockNumber}: ${printable(what, 500)}`),
  ];
}

/** The code that projected, by area if it is not the code that made the rows. */
function describeVersions(versions: readonly CodeVersion[]): string[] {
  const other = versions.filter(({ command, stored }) => stored !== command);
  const stale = versions.filter(({ command, stored, staleFrom }) => stored === command && staleFrom !== null);
  if (other.length + stale.length === 0)
    return ['Projected with this command’s code, whose projections have the versions that made the rows.'];
  return [
    'Projected with this command’s code:',
    ...other.map(
      ({ area, command, daemon, stored }) =>
        `  ${area}: version ${command} here, ${daemon === null ? 'no daemon runs' : `version ${daemon} in the daemon`}, ${stored === null ? 'no version' : `version ${stored}`} of the rows`,
    ),
    ...stale.map(
      ({ area, command, staleFrom }) =>
        `  ${area}: version ${command}; rows from block ${staleFrom} on may be of an earlier version`,
    ),
  ];
}

function describeReplay(result: ReplayResult): string {
  if (result.areas.length === 0) return 'Nothing is stale.';
  const seconds = (result.totalMs / 1000).toFixed(1);
  const folded = `${result.logs} logs projected again from block ${result.from} to ${result.to ?? 'none'}, in ${seconds} s`;
  if (!hasDifferences(result)) return `${folded}: nothing differs.`;
  const lines = [
    `${folded}.`,
    ...result.differences.flatMap(describeTable),
    ...(result.tailRows > 0 ? [`${result.tailRows} rows of blocks that are not final yet`] : []),
    ...(result.resolved > 0 ? [`${result.resolved} logs out of quarantine`] : []),
    ...(result.quarantined > 0 ? [`${result.quarantined} logs into quarantine`] : []),
    result.dryRun
      ? 'Nothing was changed.'
      : `Corrected, as replay ${result.generation ?? ''} in the journal.`,
  ];
  return lines.join('\n');
}

function describeTable({ table, added, changed, removed, onlyHistory, rows }: TableDifference): string[] {
  const counts = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
    [onlyHistory, 'with another history'],
  ] as const;
  const summary = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const cells = rows
    .filter(({ change }) => change === 'changed')
    .flatMap(({ id, columns }) =>
      Object.entries(columns).map(([column, { before, after }]) => [
        id,
        column,
        JSON.stringify(before),
        JSON.stringify(after),
      ]),
    );
  const told = cells.length === 0 ? [] : [formatTable(['id', 'column', 'before', 'after'], cells)];
  return [`\n${table}: ${summary.join(', ')}`, ...told];
}
