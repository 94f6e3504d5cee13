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
    .description('show which blocks are ingested, how completely they were checked, and which are missing')
    .option('--json', 'one JSON object')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
Levels: logs (the node is believed), hash (the headers form one chain), bloom (the headers’ blooms exclude missing logs), receipts (the
receipts of every block produce its receiptsRoot). Exit code 1 if blocks, or logs of a block, are missing.

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
  if (from === null || to === null) return `No block of chain ${chainId} is ingested yet.`;
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
      ? `Chain ${chainId}: every block from ${from} to ${to} is ingested.`
      : `Chain ${chainId}: of the blocks ${from} to ${to}, ${holes.length} ${holes.length === 1 ? 'stretch is' : 'stretches are'} missing.`;
  return `${table}\n\n${verdict}`;
}

const missingTexts = {
  'not taken in': 'not ingested',
  blocks: 'ingested, but the block is no longer in the ledger',
  logs: 'the ledger has fewer or more logs than the block had',
} as const;
