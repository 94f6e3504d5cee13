import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { openContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printNote } from '../output.ts';
import { runPrompt, runStatement } from '../sql/run.ts';
import { openSqlSession } from '../sql/session.ts';

interface SqlOptions {
  readonly json?: true;
  readonly write?: true;
}

export function sqlCommand(): Command {
  return new Command('sql')
    .description('run one SQL statement, from an argument or standard input, or open a prompt; read-only')
    .argument('[statement]', 'the SQL statement; if it is missing, a prompt on a terminal')
    .option(
      '--json',
      'print the result as a JSON array of rows, on one line; copy … to stdout prints its data unchanged',
    )
    .option('--write', 'allow changes')
    .addHelpText(
      'after',
      `
Several statements in one text are refused; use psql for them. Exit code 1 if PostgreSQL refuses the statement.

Examples:
  $ tracechain sql
  $ tracechain sql "select product_name, batch_number from products limit 5"
  $ tracechain sql --json "select count(*) from checkpoints" | jq
  $ tracechain sql < report.sql`,
    )
    .action(async (statement: string | undefined, options: SqlOptions, command: Command) => {
      process.exitCode = await runSql(statement, options, command);
    });
}

async function runSql(
  statement: string | undefined,
  options: SqlOptions,
  command: Command,
): Promise<ExitCode> {
  const context = await openContext(command);
  const database = await findDatabase(context);
  const asJson = options.json === true;
  await using session = await openSqlSession(database.url, options.write === true);
  if (statement === undefined && process.stdin.isTTY) {
    const access = options.write ? 'changes are allowed' : 'read-only, --write allows changes';
    printNote(`${database.name}; ${access}; end a statement with a semicolon, leave with Ctrl-D`);
    await runPrompt(session, asJson);
    return exitCodes.good;
  }
  const isAccepted = await runStatement(session, statement ?? (await text(process.stdin)), asJson);
  return isAccepted ? exitCodes.good : exitCodes.findings;
}
