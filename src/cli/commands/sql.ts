import { existsSync } from 'node:fs';
import { join } from 'node:path';
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
import { isBlank, splitStatements } from '../sql/statements.ts';

interface SqlOptions {
  readonly json?: true;
  readonly write?: true;
}

export function sqlCommand(): Command {
  return new Command('sql')
    .description('a prompt on the database, or what is given as an argument or on standard input; read-only')
    .argument('[query]', 'one or more statements; without any, a prompt')
    .option(
      '--json',
      'each result as a JSON array of rows, on a line of its own; copy … to stdout gives its data as ever',
    )
    .option('--write', 'allow changes')
    .addHelpText(
      'after',
      `
Exit code 1 where PostgreSQL refuses a statement; those behind it aren't run.

Examples:
  $ tracechain sql
  $ tracechain sql "select product_name, batch_number from products limit 5"
  $ tracechain sql --json "select count(*) from checkpoints" | jq
  $ tracechain sql < report.sql`,
    )
    .action(async (query: string | undefined, options: SqlOptions, command: Command) => {
      process.exitCode = await runSql(query, options, command);
    });
}

async function runSql(query: string | undefined, options: SqlOptions, command: Command): Promise<ExitCode> {
  const context = await openContext(command);
  const database = await findDatabase(context);
  const asJson = options.json === true;
  await using session = await openSqlSession(database.url, options.write === true);
  if (query === undefined && process.stdin.isTTY) {
    const { folder } = context.dataFolder;
    const access = options.write ? 'changes are allowed' : 'read-only, --write allows changes';
    printNote(`${database.name}; ${access}; \\? for help, \\q to leave`);
    await runPrompt({
      session,
      asJson,
      historyFile: existsSync(folder) ? join(folder, 'sql_history') : null,
    });
    return exitCodes.good;
  }
  const { rest, statements } = splitStatements(query ?? (await text(process.stdin)));
  for (const statement of isBlank(rest) ? statements : [...statements, rest.trim()]) {
    if (!(await runStatement(session, statement, asJson))) return exitCodes.findings;
  }
  return exitCodes.good;
}
