import { Command, InvalidArgumentError } from 'commander';
import { CannotRunError } from '../../primitives/errors.ts';
import { type Hash, toHash } from '../../primitives/hex.ts';
import {
  type ExplainedTransaction,
  explainTransaction,
  type SetRow,
  type TransactionEvent,
} from '../../engine/history/transaction.ts';
import { parseChainId } from '../arguments.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatFacts, printJson, printLine } from '../output.ts';
import { eventFacts, headline, shown } from '../provenance/show-event.ts';
import { inTraceableSnapshot } from '../provenance/snapshot.ts';

interface TransactionOptions {
  readonly json?: true;
  readonly chain?: number;
}

export function txCommand(): Command {
  return new Command('tx')
    .description('show the events of a transaction, decoded, and the rows and columns that each one set')
    .argument('<hash>', 'the transaction’s hash', parseHash)
    .option('--json', 'one JSON object')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
Exit code 1 if one of its logs is in quarantine or unknown.

Example:
  $ tracechain tx 0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060`,
    )
    .action(async (hash: Hash, options: TransactionOptions, command: Command) => {
      process.exitCode = await showTransaction(hash, options, command);
    });
}

function parseHash(text: string): Hash {
  if (!/^0x[0-9a-f]{64}$/i.test(text))
    throw new InvalidArgumentError('A transaction’s hash is 0x and 64 hexadecimal digits.');
  return toHash(text.toLowerCase());
}

async function showTransaction(hash: Hash, options: TransactionOptions, command: Command): Promise<ExitCode> {
  const explained = await inTraceableSnapshot(
    command,
    options,
    async (context) => await explainTransaction(context, hash),
  );
  if (explained === null) {
    throw new CannotRunError('The ledger has no log of this transaction', {
      code: 'provenance/no-transaction',
      fix: 'No indexed contract logged anything in it, or its block is not ingested yet: npx tracechain status shows the progress.',
      place: { transactionHash: hash },
    });
  }
  if (options.json) printJson(explained);
  else printLine(formatTransaction(explained));
  const isFine = explained.events.every(({ outcome }) => outcome !== 'quarantined' && outcome !== 'unknown');
  return isFine ? exitCodes.good : exitCodes.findings;
}

function formatTransaction({ transactionHash, events }: ExplainedTransaction): string {
  const heading = `transaction ${transactionHash}: ${events.length} ${events.length === 1 ? 'log' : 'logs'} of indexed contracts`;
  return [heading, ...events.map(formatEvent)].join('\n\n');
}

function formatEvent(event: TransactionEvent): string {
  const facts = eventFacts(event).filter(([name]) => name !== 'transaction');
  const rows = event.rows.flatMap(rowFacts);
  return [
    `${headline(event)}${outcomeText(event)}`,
    formatFacts([...facts, ...rows]).replaceAll(/^/gm, '    '),
  ].join('\n');
}

function outcomeText({ outcome, reason, rows }: TransactionEvent): string {
  if (outcome === 'applied') return rows.length === 0 ? ': changes no row' : '';
  return `: ${outcome}${reason === null ? '' : `: ${reason}`}`;
}

function rowFacts({ table, id, made, columns }: SetRow): [string, string][] {
  return [
    [made ? 'made' : 'changed', `${table} ${id}`],
    ...columns
      .filter(({ column, value }) => !isProvenance(column) && !(made && value === null))
      .map(({ column, value, isFromRead }): [string, string] => [
        '',
        `${column} = ${shown(value)}${isFromRead ? '   (from its read)' : ''}`,
      ]),
  ];
}

/** Whether a column only repeats what the event's heading shows. */
function isProvenance(column: string): boolean {
  return /^(id|chain_id|smart_contract_address|updated_at|(changed_)?(block_number|block_hash|transaction_hash|log_index))$/.test(
    column,
  );
}
