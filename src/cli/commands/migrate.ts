import { Command } from 'commander';
import { migrate, pendingMigrations } from '../../db/migrate.ts';
import { openContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';

interface MigrateOptions {
  readonly json?: true;
  readonly check?: true;
}

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database’s schema up to this version; start does so by itself')
    .option('--check', 'change nothing; exit code 1 where something is pending')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ DATABASE_URL=postgres://… tracechain migrate\n  $ tracechain migrate --check',
    )
    .action(async (options: MigrateOptions, command: Command) => {
      const database = await findDatabase(await openContext(command));
      const source = { connectionString: database.url };
      const migrations = options.check ? await pendingMigrations(source) : await migrate(source);
      const generated = migrations.map(({ generatedAt }) => generatedAt.toISOString());
      if (options.json)
        printJson({ database: database.name, [options.check ? 'pending' : 'applied']: generated });
      else printLine(describe(generated, options.check === true, database.name));
      process.exitCode = options.check && migrations.length > 0 ? exitCodes.findings : exitCodes.good;
    });
}

function describe(generated: readonly string[], isCheck: boolean, name: string): string {
  if (generated.length === 0) return `The schema of ${name} is up to date.`;
  const done = isCheck ? 'Pending in' : 'Applied to';
  return [`${done} ${name}:`, ...generated.map((at) => `  migration of ${at}`)].join('\n');
}
