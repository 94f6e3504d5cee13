import { Command } from 'commander';
import { openContext } from '../context.ts';
import type { Finding } from '../doctor/check.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { harmless } from '../terminal.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check configuration, nodes and database, and print a fix for each problem')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExit code 1 if a check fails; a warning is not a failure.\n\nExamples:\n  $ tracechain doctor\n  $ tracechain doctor --json | jq .findings',
    )
    .action(async (options: { readonly json?: true }, command: Command) => {
      // Loaded here, because other commands don't need these modules.
      const { examine } = await import('../doctor/examine.ts');
      const findings = await examine(await openContext(command));
      const failed = findings.filter(({ level }) => level === 'fail').length;
      const warned = findings.filter(({ level }) => level === 'warn').length;
      if (options.json) printJson({ failed, warned, findings });
      else printLine(formatFindings(findings, failed, warned));
      process.exitCode = failed > 0 ? exitCodes.findings : exitCodes.good;
    });
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
