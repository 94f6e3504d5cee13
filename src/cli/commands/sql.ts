import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { openContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printNote } from '../output.ts';
import { runPrompt } from '../sql/prompt.ts';
import { runStatement } from '../sql/run.ts';
import { openSqlSession } from '../sql/session.ts';

interface SqlOptions {
  readonly json?: true;
  readonly write?: true;
}

export function sqlCommand(): Command {
  return new Command('sql')
    .description('one statement, as an argument or on standard input, or a prompt; read-only')
    .argument('[statement]', 'one statement of SQL; without it, a prompt on a terminal')
    .option(
      '--json',
      'the result as a JSON array of rows, on one line; copy … to stdout gives its data as ever',
    )
    .option('--write', 'allow changes')
    .addHelpText(
      'after',
      `
PostgreSQL refuses a text of several statements: for those there is psql. Exit code 1 where it refuses the statement.

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
    printNote(`${database.name}; ${access}; a semicolon at a line’s end runs a statement, Ctrl-D leaves`);
    await runPrompt(session, asJson);
    return exitCodes.good;
  }
  const isAccepted = await runStatement(session, statement ?? (await text(process.stdin)), asJson);
  return isAccepted ? exitCodes.good : exitCodes.findings;
}
