import { Command } from 'commander';
import type { Logger } from 'pino';
import { examineMigrations, migrate } from '../../db/migrate.ts';
import { type MigrationEffect, migrationEffects } from '../../db/migrations/effects.ts';
import { verifyChainTables } from '../../operations/verify-chain-tables.ts';
import { type CatalogueDifference, verifyCatalogue } from '../../db/verify.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { openContext } from '../context.ts';
import { type FoundDatabase, findDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { harmless } from '../terminal.ts';
import { registerTraceChain } from '../../tracechain/index.ts';

interface MigrateOptions {
  readonly json?: true;
  readonly check?: true;
  readonly verify?: true;
}

export function migrateCommand(): Command {
  registerTraceChain();
  return new Command('migrate')
    .description('bring the database’s schema up to this version; start does so too')
    .option(
      '--check',
      'change nothing; show pending migrations and whether they would lock a big table; exit code 1 if any is pending',
    )
    .option(
      '--verify',
      'change nothing; compare the database with the schema that its migrations create; exit code 1 if it differs',
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ DATABASE_URL=postgres://… tracechain migrate\n  $ tracechain migrate --check\n  $ tracechain migrate --verify --json',
    )
    .action(async (options: MigrateOptions, command: Command) => {
      if (options.check && options.verify) {
        throw new CannotRunError('--check and --verify exclude each other.', {
          code: 'migrate/usage',
          fix: 'Use one of them.',
        });
      }
      const context = await openContext(command);
      const database = await findDatabase(context);
      process.exitCode = await action(options)(database, options.json === true, context.logger);
    });
}

function action({ check, verify }: MigrateOptions) {
  if (check) return checkPending;
  return verify ? verifySchema : applyPending;
}

/** Warnings of migrations (a role that they may not create) go to standard error; the result is the command's output. */
async function applyPending(
  { url, name }: FoundDatabase,
  asJson: boolean,
  logger: Pick<Logger, 'warn'>,
): Promise<ExitCode> {
  const warnings = { warn: logger.warn.bind(logger), info: () => undefined };
  const applied = await migrate({ connectionString: url, logger: warnings });
  if (asJson) printJson({ database: name, applied: applied.map((migration) => migration.name) });
  else if (applied.length === 0) printLine(upToDate(name));
  else printLine([`Applied to ${name}:`, ...applied.map((migration) => `  ${migration.name}`)].join('\n'));
  return exitCodes.good;
}

async function checkPending({ url, name }: FoundDatabase, asJson: boolean): Promise<ExitCode> {
  const pending = await examineMigrations({ connectionString: url }, migrationEffects);
  const locksBigTable = pending.some(({ heavy }) => heavy.some((statement) => statement.locksBigTable));
  if (asJson) printJson({ database: name, locksBigTable, pending });
  else if (pending.length === 0) printLine(upToDate(name));
  else {
    const verdict = locksBigTable
      ? 'A big table would be locked: migrate when nothing uses it.'
      : 'No big table would be locked.';
    printLine(harmless([`Pending in ${name}:`, ...pending.flatMap(describeEffect), '', verdict].join('\n')));
  }
  return pending.length > 0 ? exitCodes.findings : exitCodes.good;
}

function describeEffect({ name, statements, heavy }: MigrationEffect): string[] {
  const lines = heavy.map(
    ({ table, estimatedRows, why, blocks, locksBigTable }) =>
      `    ${locksBigTable ? 'LOCKS ' : ''}${table} (about ${estimatedRows} rows): ${why}; ${blocks === 'nobody' ? 'nobody waits' : `${blocks} wait`}`,
  );
  return [`  ${name}, ${statements.length} statements`, ...statements.map((text) => `    ${text}`), ...lines];
}

/** A difference, with the statement that corrects it if there is one. */
type SchemaDifference = CatalogueDifference & { readonly fix?: string };

async function verifySchema({ url, name }: FoundDatabase, asJson: boolean): Promise<ExitCode> {
  const differences: SchemaDifference[] = await examineMigrations(
    { connectionString: url },
    async (client, pending) => {
      if (pending.length === 0)
        return [...(await verifyChainTables(client)), ...(await verifyCatalogue(client))];
      throw new CannotRunError(
        `${pending.length} migrations are pending, so the schema can’t be compared yet.`,
        {
          code: 'migrate/pending',
          fix: 'Run npx tracechain migrate first.',
        },
      );
    },
  );
  const faults = differences.filter(({ kind }) => kind !== 'extra');
  if (asJson) printJson({ database: name, isAsMigrated: faults.length === 0, differences });
  else if (differences.length === 0) printLine(`The schema of ${name} is what its migrations create.`);
  else {
    const verdict =
      faults.length > 0
        ? `${faults.length} differences`
        : 'Except for objects that are not TraceChain’s, the schema is what its migrations create.';
    printLine(harmless([...differences.map(describeDifference), '', verdict].join('\n')));
  }
  return faults.length > 0 ? exitCodes.findings : exitCodes.good;
}

function describeDifference({ kind, what, expected, found, fix }: SchemaDifference): string {
  const lines = [`${kind}: ${what}`];
  if (kind === 'different') lines.push(`  expected  ${expected}`, `  found     ${found}`);
  if (fix !== undefined) lines.push(`  fix       ${fix}`);
  return lines.join('\n');
}

function upToDate(name: string): string {
  return `The schema of ${name} is up to date.`;
}
