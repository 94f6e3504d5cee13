import { Command } from 'commander';
import { type Coverage, readCoverage } from '../../engine/history/coverage.ts';
import { parseChainId } from '../arguments.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatTable, printJson, printLine } from '../output.ts';
import { inSnapshot } from '../provenance/snapshot.ts';

interface CoverageOptions {
  readonly json?: true;
  readonly chain?: number;
}

export function coverageCommand(): Command {
  return new Command('coverage')
    .description('which blocks were taken in, how completely they were checked, and which are missing')
    .option('--json', 'one JSON object')
    .option('--chain <id>', 'the chain, where the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
The levels: logs (the node’s word), hash (every header, one chain), bloom (nothing missing by the headers’ blooms), receipts (the
receipts’ trie of every block). Exit code 1 where blocks, or logs of a block, are missing.

Examples:
  $ tracechain coverage
  $ tracechain coverage --json | jq .holes`,
    )
    .action(async (options: CoverageOptions, command: Command) => {
      process.exitCode = await showCoverage(options, command);
    });
}

async function showCoverage(options: CoverageOptions, command: Command): Promise<ExitCode> {
  const coverage = await inSnapshot(
    command,
    options,
    async ({ client, chainId }) => await readCoverage(client, chainId),
  );
  if (options.json) printJson(coverage);
  else printLine(formatCoverage(coverage));
  return coverage.holes.length > 0 ? exitCodes.findings : exitCodes.good;
}

function formatCoverage({ chainId, from, to, intervals, holes }: Coverage): string {
  if (from === null || to === null) return `Nothing of chain ${chainId} was taken in yet.`;
  const lines = [
    ...intervals.map((interval) => ({
      from: interval.from,
      cells: [
        `${interval.from} to ${interval.to}`,
        interval.completeness,
        String(interval.blocks),
        String(interval.logs),
      ],
    })),
    ...holes.map((hole) => ({
      from: hole.from,
      cells: [`${hole.from} to ${hole.to}`, `MISSING: ${missingTexts[hole.missing]}`, '', ''],
    })),
  ].toSorted((left, right) => left.from - right.from);
  const table = formatTable(
    ['blocks', 'checked to', 'kept', 'logs'],
    lines.map(({ cells }) => cells),
  );
  const verdict =
    holes.length === 0
      ? `Chain ${chainId}: every block from ${from} to ${to} was taken in.`
      : `Chain ${chainId}: of the blocks ${from} to ${to}, ${holes.length} ${holes.length === 1 ? 'stretch is' : 'stretches are'} missing.`;
  return `${table}\n\n${verdict}`;
}

const missingTexts = {
  'not taken in': 'not taken in',
  blocks: 'taken in, but the ledger has no such block any more',
  logs: 'the ledger doesn’t have as many logs as the block had',
} as const;
