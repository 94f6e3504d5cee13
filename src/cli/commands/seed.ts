import { Command, InvalidArgumentError } from 'commander';
import { type SeededStandard, seedStandards } from '../../tracechain/shared/standards.ts';
import { openContext } from '../context.ts';
import { findDatabase, openPool, withDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable, printJson, printLine, printNote } from '../output.ts';
import { requireSchema } from '../schema-check.ts';
import { listenForShutdown } from '../shutdown.ts';

interface SeedOptions {
  readonly json?: true;
  /** Events to generate. */
  readonly demoData?: number;
  readonly seed: number;
}

const defaultSeed = 2026;
const mostEvents = 10_000_000;

export function seedCommand(): Command {
  return new Command('seed')
    .description('insert the default compliance standards; a second run changes nothing')
    .option(
      '--demo-data <events>',
      'also fill a database that follows no chain with generated supply chains, about one row per event',
      parseEvents,
    )
    .option('--seed <number>', 'the same number generates the same data', parseSeed, defaultSeed)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nGenerated rows have a chain id that no chain uses. Use a separate database for them, and drop it afterwards.' +
        '\n\nExamples:\n  $ tracechain seed\n  $ DATABASE_URL=postgres://…/playground tracechain seed --demo-data 100000',
    )
    .action(async (options: SeedOptions, command: Command) => {
      const context = await openContext(command);
      const database = await findDatabase(context);
      const standards = await withDatabase(database.url, 'seed', async (client) => {
        await requireSchema(client);
        return await seedStandards(client);
      });
      const { demoData: events, seed } = options;
      const generated =
        events === undefined ? null : { seed, ...(await generate(database.url, { events, seed })) };
      if (options.json) printJson({ standards, ...(generated === null ? {} : { generated }) });
      else {
        printLine(describeStandards(standards, database.name));
        if (generated !== null)
          printLine(`${generated.events} generated events in ${generated.blocks} blocks (seed ${seed})`);
      }
      process.exitCode = exitCodes.good;
    });
}

function describeStandards(standards: readonly SeededStandard[], database: string): string {
  const added = standards.filter(({ change }) => change === 'added').length;
  const rows = standards.map(({ code, name, change }) => [code, name, change]);
  return `${formatTable(['code', 'name', ''], rows)}\n${added} added to ${database}`;
}

async function generate(url: string, options: { readonly events: number; readonly seed: number }) {
  using shutdown = listenForShutdown({ announce: () => printNote('stopping after this batch') });
  // Loaded here, because other uses of the command don't need the projections.
  const { insertDemoData } = await import('../demo-data.ts');
  const pool = openPool(url, 'seed');
  try {
    return await insertDemoData(pool, {
      ...options,
      signal: shutdown.signal,
      onProgress: (events) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${events} of ${options.events} events`);
      },
    });
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\n');
    await pool.end();
  }
}

function parseEvents(text: string): number {
  const events = Number(text);
  if (!Number.isSafeInteger(events) || events < 1 || events > mostEvents)
    throw new InvalidArgumentError(`A whole number from 1 to ${mostEvents}.`);
  return events;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError('A whole number.');
  return seed;
}
