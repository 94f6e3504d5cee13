import { Command } from 'commander';
import { negativeBalancesText } from '../../ledger/negative-balances.ts';
import { readStatus } from '../../sync/status.ts';
import type { Status } from '../../sync/status.ts';
import { parseChainId } from '../arguments.ts';
import { openContext } from '../context.ts';
import { findDatabase, withDatabase } from '../database.ts';
import type { FoundDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { formatFacts, printJson, printLine } from '../output.ts';
import { requireReadableSchema } from '../schema-check.ts';

interface StatusOptions {
  readonly json?: true;
  readonly chain?: number;
}

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'how far the daemon is, who leads, and what stands still; exit code 1 where a person must act',
    )
    .option('--json', 'one JSON object')
    .option('--chain <id>', 'the chain, where the database follows several', parseChainId)
    .addHelpText('after', '\nExamples:\n  $ tracechain status\n  $ tracechain status --json | jq .lagBlocks')
    .action(async (options: StatusOptions, command: Command) => {
      process.exitCode = await showStatus(options, command);
    });
}

async function showStatus(options: StatusOptions, command: Command): Promise<ExitCode> {
  const context = await openContext(command);
  const database = await findDatabase(context);
  const chainId = options.chain ?? context.configuration.chain.expectedChainId;
  const status = await withDatabase(database.url, 'status', async (client) => {
    await requireReadableSchema(client);
    return readStatus(client, chainId);
  });
  if (options.json) printJson({ ...status, database: describeDatabase(database) });
  else printLine(formatStatus(status, database));
  return status.latched || status.parked.length > 0 ? exitCodes.findings : exitCodes.good;
}

function describeDatabase({ name, local }: FoundDatabase) {
  return { url: name, dataFolder: local?.postgresDataFolder ?? null };
}

function formatStatus(status: Status, database: FoundDatabase): string {
  const { leader, local } = { leader: status.leader, local: database.local };
  const lines: (readonly [string, string])[] = [
    ['chain', String(status.chainId)],
    ['head', headText(status)],
    ['finalized', blockText(status.finalized)],
    ['ingested', blockText(status.ingested)],
    ['projected', blockText(status.projected)],
    [
      'verified',
      status.verified === null
        ? 'nothing final yet'
        : `${blockText(status.verified)}, once more after it was final`,
    ],
    ['behind', status.lagBlocks === null ? 'unknown' : `${status.lagBlocks} blocks`],
    ['leader', leader === null ? 'none' : `process ${leader.pid} on ${leader.host}, since ${leader.since}`],
    ['contracts', String(status.contracts)],
    ['completeness', status.completeness ?? 'unknown'],
    ['quarantined', quarantinedText(status.quarantined)],
    ['unknown topics', `${status.unknownTopicLogs} logs`],
    ...noticesOf(status),
    [
      'latched',
      status.latch === null
        ? 'no'
        : `since ${status.latch.at}: ${status.latch.reason ?? ''} (npx tracechain resolve --dry-run)`,
    ],
    ['parked', status.parked.length === 0 ? 'no' : `${status.parked.length}, see below`],
    ['database', database.name],
  ];
  if (local?.postgresDataFolder !== undefined) lines.push(['its data', local.postgresDataFolder]);
  if (local !== null)
    lines.push(['local system', `process ${local.pid} (${local.kind}), since ${local.startedAt}`]);
  if (local?.rpcUrl !== undefined) lines.push(['node', local.rpcUrl]);
  const parked = status.parked.map((stream): readonly [string, string] => [
    `parked: ${stream.stream}`,
    `block ${stream.blockNumber}${stream.logIndex === null ? '' : `, log ${stream.logIndex}`}: ${stream.errorCode}: ${stream.error} (${stream.attempts} attempts, since ${stream.parkedAt}; npx tracechain resolve tries it again)`,
  ]);
  return formatFacts([...lines, ...parked]);
}

/** A head that nobody asks for any more stands still, and must not look as if the chain did. */
function headText({ head, leader, nodeLost }: Status): string {
  if (nodeLost !== null)
    return `${blockText(head)} when a node last answered; none since ${nodeLost.since}: ${nodeLost.error}`;
  return leader === null && head !== null ? `${blockText(head)} when a daemon last asked` : blockText(head);
}

function quarantinedText(count: number): string {
  return count === 0 ? '0' : `${count} (npx tracechain quarantine list)`;
}

/** What is no fault, and what a person should look at all the same. */
function noticesOf({
  head,
  firstBlock,
  contractsOfWrongKind,
  negativeBalances,
}: Status): (readonly [string, string])[] {
  const waits = head !== null && firstBlock !== null && firstBlock > head;
  return [
    ...(waits
      ? [['waiting', `contracts start at block ${firstBlock}, which the chain hasn’t reached`] as const]
      : []),
    ...contractsOfWrongKind.map(
      (address) =>
        ['wrong kind?', `nothing of ${address} could be decoded: its configured kind may be wrong`] as const,
    ),
    ...negativeBalances.map(
      ({ contract, balances }) => ['negative', `${contract}: ${negativeBalancesText(balances)}`] as const,
    ),
  ];
}

function blockText(number: number | null): string {
  return number === null ? 'unknown' : `block ${number}`;
}
