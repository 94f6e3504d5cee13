import { Command, InvalidArgumentError } from 'commander';
import { chooseChain } from '../../engine/ledger/chains.ts';
import { listQuarantined, type QuarantineEntry, readQuarantined } from '../../engine/ledger/quarantine.ts';
import { readRawLog } from '../../engine/ledger/sql.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { allProjections } from '../../tracechain/projections.ts';
import { retryQuarantineCommand, type RetryResult } from '../../engine/replay/retry-quarantine.ts';
import { parseChainId } from '../arguments.ts';
import { openContext } from '../context.ts';
import { findDatabase, withDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { runLeaderCommand } from '../leader-commands.ts';
import { formatFacts, formatTable, printJson, printLine } from '../output.ts';
import { requireSchema } from '../schema-check.ts';

interface QuarantineOptions {
  readonly json?: true;
  readonly chain?: number;
}

const defaultLimit = 100;

export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('list, show or retry the logs that could not be decoded or had no effect')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(retryCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ tracechain quarantine list
  $ tracechain quarantine show 0193…
  $ tracechain quarantine retry --all`,
    );
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('list the logs in quarantine, in the chain’s order; exit code 1 if there are any')
    .option('--limit <count>', 'the maximum number of logs', parseCount, defaultLimit)
    .action(async (options: QuarantineOptions & { readonly limit: number }, command: Command) => {
      const entries = await read(command, options, async (client, chainId) =>
        listQuarantined(client, chainId, options.limit),
      );
      if (options.json) printJson(entries);
      else printLine(entries.length === 0 ? 'Nothing is in quarantine.' : formatEntries(entries));
      process.exitCode = entries.length === 0 ? exitCodes.good : exitCodes.findings;
    });
}

function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('show one log: the reason, and its raw topics and data')
    .argument('<id>', 'its id', parseUuid)
    .action(async (id: Uuid, options: QuarantineOptions, command: Command) => {
      const { entry, log } = await read(command, options, async (client, chainId) => {
        const [found] = await readQuarantined(client, chainId, [id]);
        if (found === undefined) {
          throw new CannotRunError(`No log in quarantine has the id ${id}.`, {
            code: 'quarantine/unknown',
            fix: 'npx tracechain quarantine list shows the ids.',
          });
        }
        return { entry: found, log: await readRawLog(client, chainId, found) };
      });
      if (options.json) printJson({ ...entry, topics: log?.topics ?? null, data: log?.data ?? null });
      else {
        const facts = Object.entries({ ...entry, topics: log?.topics.join(' '), data: log?.data });
        printLine(formatFacts(facts.map(([name, value]) => [name, textOf(value)])));
      }
      process.exitCode = exitCodes.good;
    });
}

function retryCommand(): Command {
  return withCommonOptions(new Command('retry'))
    .description('decode and project logs again, at their own position; exit code 1 if one remains')
    .argument('[ids...]', 'the logs’ ids')
    .option('--all', 'all logs in quarantine')
    .action(
      async (
        ids: readonly string[],
        options: QuarantineOptions & { readonly all?: true },
        command: Command,
      ) => {
        if (ids.length > 0 === (options.all === true)) {
          throw new CannotRunError('Name the logs to retry, or all of them.', {
            code: 'quarantine/which',
            fix: 'Give their ids, or --all.',
          });
        }
        const input = { ids: options.all === true ? null : ids.map(parseUuid) };
        const result = await runLeaderCommand(
          retryQuarantineCommand(allProjections),
          input,
          command,
          options,
        );
        if (options.json) printJson(result);
        else printLine(describeRetry(result));
        process.exitCode = result.logs.every(({ resolved }) => resolved)
          ? exitCodes.good
          : exitCodes.findings;
      },
    );
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'JSON')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId);
}

async function read<Result>(
  command: Command,
  { chain }: QuarantineOptions,
  work: (client: Parameters<typeof chooseChain>[0], chainId: number) => Promise<Result>,
): Promise<Result> {
  const context = await openContext(command);
  const { url } = await findDatabase(context);
  return await withDatabase(url, 'quarantine', async (client) => {
    await requireSchema(client);
    return await work(
      client,
      await chooseChain(client, chain ?? context.configuration.chain.expectedChainId),
    );
  });
}

function formatEntries(entries: readonly QuarantineEntry[]): string {
  return formatTable(
    ['id', 'block', 'log', 'event', 'area', 'reason'],
    entries.map(({ id, blockNumber, logIndex, eventName, area, stage, reason }) => [
      id,
      String(blockNumber),
      String(logIndex),
      eventName ?? '',
      area ?? stage,
      reason,
    ]),
  );
}

function describeRetry({ logs }: RetryResult): string {
  if (logs.length === 0) return 'Nothing is in quarantine.';
  const left = logs.filter(({ resolved }) => !resolved);
  const summary = `${logs.length - left.length} of ${logs.length} logs took effect.`;
  if (left.length === 0) return summary;
  const cells = left.map(({ id, blockNumber, logIndex, reason }) => [
    id,
    String(blockNumber),
    String(logIndex),
    reason ?? '',
  ]);
  return `${summary}\n\n${formatTable(['id', 'block', 'log', 'reason'], cells)}`;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function parseUuid(text: string): Uuid {
  if (!uuidPattern.test(text))
    throw new InvalidArgumentError(`“${text}” is not an id; quarantine list shows the ids.`);
  return text.toLowerCase() as Uuid;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('A count is a whole number from 1 on.');
  return count;
}
