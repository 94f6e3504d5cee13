import { Command } from 'commander';
import { CannotRunError } from '../../primitives/errors.ts';
import { explainRow, isSound } from '../../engine/history/explain.ts';
import { findRows, type FoundRow } from '../../engine/history/find-rows.ts';
import { explainedTable } from '../../engine/history/tables.ts';
import { parseChainId } from '../arguments.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatTable, printJson, printLine } from '../output.ts';
import { formatExplanation } from '../provenance/show-explanation.ts';
import { inTraceableSnapshot } from '../provenance/snapshot.ts';

interface ExplainOptions {
  readonly json?: true;
  readonly all?: true;
  readonly chain?: number;
}

/** A row that changes in every block has thousands of values; the last few dozen are shown by default. */
const usualChanges = 30;

export function explainCommand(): Command {
  return new Command('explain')
    .description('show the event that set each column of a row, and earlier values')
    .argument('<table>', 'a table, such as products')
    .argument(
      '<id>',
      'the row’s id, or another name of it: a batch number, a token’s or payment’s id, a wallet, a verification code, a transaction',
    )
    .option('--json', 'one JSON object')
    .option('--all', `all changes, not only the last ${usualChanges}`)
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
Exit code 1 if no event set a value of the row, or if several rows match the name; these are listed.

Examples:
  $ tracechain explain products B-2024-001
  $ tracechain explain token_balances 0x70997970c51812dc3a010c7d01b50e0d17dc79c8
  $ tracechain explain nft_certificates 3 --json | jq '.columns[] | select(.column == "owner_id")'`,
    )
    .action(async (table: string, id: string, options: ExplainOptions, command: Command) => {
      process.exitCode = await explain(table, id, options, command);
    });
}

async function explain(
  tableName: string,
  key: string,
  options: ExplainOptions,
  command: Command,
): Promise<ExitCode> {
  const table = explainedTable(tableName);
  return await inTraceableSnapshot(command, options, async (context) => {
    const found = await findRows(context.client, table, key, context.chainId);
    const [only, ...others] = found;
    if (only === undefined) {
      throw new CannotRunError(`No row of ${table.name} matches "${key}"`, {
        code: 'provenance/no-row',
        fix: `Give its id, or search for it: npx tracechain sql "select * from ${table.name} limit 10"`,
      });
    }
    if (others.length > 0) return list(table.name, key, found, options);
    const mostChanges = options.all === true ? Number.MAX_SAFE_INTEGER : usualChanges;
    const explanation = await explainRow(context, table, only.id, mostChanges);
    if (options.json) printJson(explanation);
    else printLine(formatExplanation(explanation));
    return isSound(explanation) && explanation.state !== 'unknown' ? exitCodes.good : exitCodes.findings;
  });
}

function list(table: string, key: string, rows: readonly FoundRow[], { json }: ExplainOptions): ExitCode {
  if (json) printJson({ table, key, rows });
  else {
    const heading = `${rows.length} rows of ${table} match "${key}". Name one by its id:`;
    printLine(
      `${heading}\n\n${formatTable(
        ['id', 'what it is'],
        rows.map(({ id, label }) => [id, label]),
      )}`,
    );
  }
  return exitCodes.findings;
}
