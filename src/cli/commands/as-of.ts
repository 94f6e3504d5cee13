import { Command } from 'commander';
import { CannotRunError } from '../../primitives/errors.ts';
import { type RowAsOf, rowsAsOf } from '../../engine/history/as-of.ts';
import { findRows } from '../../engine/history/find-rows.ts';
import { chainTableNamed, explainedTable } from '../../engine/history/tables.ts';
import { parseBlockNumber, parseChainId } from '../arguments.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatFacts, formatTable, printLine, printNote } from '../output.ts';
import { shown } from '../provenance/show-event.ts';
import { inSnapshot } from '../provenance/snapshot.ts';
import { toJson } from '../terminal.ts';

interface AsOfOptions {
  readonly json?: true;
  readonly chain?: number;
}

export function asOfCommand(): Command {
  return new Command('as-of')
    .description('print the rows of a table, or one row, as of a block')
    .argument('<block>', 'the number of the block', parseBlockNumber)
    .argument('<table>', 'a table that is derived from the chain, such as products')
    .argument('[id]', 'a row’s id, or another name of it, such as a batch number')
    .option('--json', 'one JSON array of rows, with all chain-owned columns')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
Only chain-owned columns have a history by block; explain shows who changed the application’s columns. In SQL, use
ledger.products_as_of(chain, block); each table has such a function.

Exit code 1 if the row did not exist after the block.

Examples:
  $ tracechain as-of 1200 products B-2024-001
  $ tracechain as-of 1200 token_balances --json | jq length
  $ tracechain sql "select sum(balance) from ledger.token_balances_as_of(31337, 1200)"`,
    )
    .action(
      async (
        block: number,
        table: string,
        id: string | undefined,
        options: AsOfOptions,
        command: Command,
      ) => {
        process.exitCode = await showAsOf({ block, table, id }, options, command);
      },
    );
}

interface Asked {
  readonly block: number;
  readonly table: string;
  readonly id: string | undefined;
}

async function showAsOf(asked: Asked, options: AsOfOptions, command: Command): Promise<ExitCode> {
  const table = chainTableNamed(asked.table);
  return await inSnapshot(command, options, async ({ client, chainId }) => {
    const { id } = asked;
    const found = id === undefined ? null : await findRows(client, explainedTable(asked.table), id, chainId);
    if (found?.length === 0) {
      throw new CannotRunError(`No row of ${asked.table} matches "${id ?? ''}"`, {
        code: 'provenance/no-row',
        fix: 'Rows are found by their current names; the id always finds a row.',
      });
    }
    const ids = found?.map((row) => row.id) ?? null;
    const portions = rowsAsOf(client, table, { chainId, blockNumber: asked.block }, ids);
    const count = options.json ? await printJsonRows(portions) : await printRows(portions, ids?.length === 1);
    if (count > 0 || ids === null) return exitCodes.good;
    printNote(`The row did not exist after block ${asked.block}.`);
    return exitCodes.findings;
  });
}

/** Row by row: the table may be larger than memory. */
async function printJsonRows(portions: AsyncIterable<readonly RowAsOf[]>): Promise<number> {
  let count = 0;
  for await (const rows of portions) {
    printLine(rows.map((row, index) => `${count + index === 0 ? '[' : ','}${toJson(row)}`).join('\n'));
    count += rows.length;
  }
  printLine(count === 0 ? '[]' : ']');
  return count;
}

/** One row as names and values; several as a table of what tells them apart. */
async function printRows(portions: AsyncIterable<readonly RowAsOf[]>, isOne: boolean): Promise<number> {
  let count = 0;
  for await (const rows of portions) {
    const [first] = rows;
    if (first === undefined) continue;
    if (isOne) printLine(formatFacts(Object.entries(first).map(([name, value]) => [name, shown(value)])));
    else printLine(tableOf(rows, count === 0));
    count += rows.length;
  }
  if (!isOne) printNote(`${count} ${count === 1 ? 'row' : 'rows'}; --json prints all columns`);
  return count;
}

function tableOf(rows: readonly RowAsOf[], withHeading: boolean): string {
  const names = Object.keys(rows[0] ?? {}).filter((name) => !isTechnical(name));
  const text = formatTable(
    names,
    rows.map((row) => names.map((name) => shown(row[name] ?? null))),
  );
  return withHeading ? text : text.slice(text.indexOf('\n') + 1);
}

/** What makes every row too wide to read. */
function isTechnical(name: string): boolean {
  return /^(chain_id|smart_contract_address|inexact_columns|.*_digest|(changed_)?(block_hash|transaction_hash|log_index))$/.test(
    name,
  );
}
