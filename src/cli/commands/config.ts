import { Command } from 'commander';
import { configurationKeys, startProblems } from '../../config/index.ts';
import type { Configuration, EffectiveValue, Mode } from '../../config/index.ts';
import { describeProblem } from '../../config/problems.ts';
import { openContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable, printJson, printLine } from '../output.ts';

export function configCommand(): Command {
  return new Command('config')
    .description('show the effective configuration, secrets masked, and the source of each value')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExit code 1 if the daemon would not start with it.\n\nExamples:\n  $ tracechain config\n  $ tracechain --config staging.config.ts config --json',
    )
    .action(async (options: { readonly json?: true }, command: Command) => {
      const { configuration } = await openContext(command);
      const problems = startProblems(configuration);
      const { mode, file, effective, warnings } = configuration;
      if (options.json) printJson({ mode, file, values: effective, warnings, problems });
      else printLine(formatConfiguration(configuration, problems.map(describeProblem)));
      process.exitCode = problems.length > 0 ? exitCodes.findings : exitCodes.good;
    });
}

const modes: Readonly<Record<Mode, string>> = {
  local: 'the local system: embedded PostgreSQL, devnet, daemon',
  'embedded-database': 'the configured chain into an embedded PostgreSQL',
  production: 'the daemon: the configured chain into the configured database',
  'database-only': 'nothing: a database is configured, but no chain',
};

function formatConfiguration(configuration: Configuration, problems: readonly string[]): string {
  const { contracts, effective, file, mode } = configuration;
  const rows = effective.map((entry) => [entry.key, shown(entry), entry.source, entry.variable]);
  const lines = [
    `file    ${file ?? 'none'}`,
    `starts  ${modes[mode]}`,
    '',
    formatTable(['key', 'value', 'from', 'variable'], rows),
  ];
  if (contracts.length > 0) {
    const cells = contracts.map((entry) => [
      entry.kind,
      entry.address,
      String(entry.startBlock),
      entry.registry ?? entry.childRegistry ?? '',
    ]);
    lines.push('', formatTable(['contract', 'address', 'start block', 'registry'], cells));
  }
  return [...lines, ...problems.flatMap((problem) => ['', problem])].join('\n');
}

function shown({ key, value }: EffectiveValue): string {
  if (key === 'contracts' && Array.isArray(value))
    return value.length === 0 ? 'none' : `${value.length}, see below`;
  if (Array.isArray(value)) return value.length === 0 ? configurationKeys[key].default : value.join(', ');
  if (value === null) return configurationKeys[key].default;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
