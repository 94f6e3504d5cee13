/**
 * `npm run bench -- MODE`: measures the daemon's performance from outside. docs/performance.md defines each
 * figure.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { chainKinds, type ChainKind, type ChainRecipe, defaultEvents } from './chain/recipe.ts';
import { measureAuditTrail } from './modes/audit-trail.ts';
import { runAudit } from './modes/audit.ts';
import { runBackfill } from './modes/backfill.ts';
import { serveChain } from './modes/chain.ts';
import { runHead } from './modes/head.ts';
import { runReplayBench } from './modes/replay.ts';
import { runSustained } from './modes/sustained.ts';
import { registerTraceChain } from '../../src/tracechain/index.ts';
import { medians, printResult } from './output.ts';

registerTraceChain();

interface ReportOptions {
  readonly runs: number;
  readonly json?: true;
}

interface Options extends ReportOptions {
  readonly chain: ChainKind;
  readonly events?: number;
  readonly eventsPerBlock: number;
  readonly seed: number;
}

interface HeadOptions extends ReportOptions {
  readonly chain: 'token' | 'mixed';
  readonly readers: number;
  readonly blocks: number;
  readonly events: number;
  readonly polling?: true;
  readonly seed: number;
}

interface SustainedOptions extends ReportOptions {
  readonly events: number;
  readonly seconds: number;
  readonly seed: number;
}

const logger = pino({ level: 'info', base: null }, pino.destination(2));

const program = new Command('bench').description('Measures the daemon on chains made from the fixtures.');
addMode('backfill', 'a backfill of the chain into an empty database').action(async (options: Options) => {
  await report(options, runBackfill(recipeOf(options), options.runs, logger));
});
addMode('replay', 'a full replay of what a backfill brought').action(async (options: Options) => {
  await report(options, runReplayBench(recipeOf(options), options.runs, logger));
});
addMode(
  'audit',
  'a full audit of what a backfill brought, and the next one after a hundredth of the entities was touched',
  // Few large blocks, because anvil keeps a copy of its whole state per block.
  { chain: 'entities', eventsPerBlock: 12_500 },
).action(async (options: Options) => {
  await report(options, runAudit(recipeOf(options), options.runs, logger));
});
addMode('audit-trail', 'what the journal costs: pairs of backfills, with it and without').action(
  async (options: Options) => {
    await report(options, measureAuditTrail(recipeOf(options), options.runs, logger));
  },
);
addMode('chain', 'the chain alone, left running for others')
  .option('--port <port>', 'where it answers', wholeNumber, 8545)
  .action(async (options: Options & { readonly port: number }) => {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const { port, json } = options;
    await serveChain(recipeOf(options), port, logger, stop.signal, (chain) =>
      printResult(chain, json === true),
    );
  });
program
  .command('head')
  .description(
    'from block mined to rows visible, blocks coming at uneven intervals of 600 to 1,400 ms; --blocks 3600 is an hour, with a line a minute',
  )
  .option('--blocks <count>', 'blocks to mine', wholeNumber, 300)
  .option('--events <count>', 'token transfers in a block', wholeNumber, 50)
  .option('--polling', 'without a WebSocket')
  .addOption(new Option('--chain <kind>', 'what happens on it').choices(['token', 'mixed']).default('token'))
  .option('--readers <count>', 'connections that ask the tables all the while', wholeNumber, 0)
  .option('--seed <number>', 'another seed is another chain, at other intervals', wholeNumber, 1)
  .option('--runs <count>', 'how often; figures are medians', wholeNumber, 1)
  .option('--json', 'the last line of output is one JSON object')
  .action(async (options: HeadOptions) => {
    const { chain: kind, readers, blocks, events, polling = false, seed, runs } = options;
    const recipe = { kind, readers, blocks, eventsPerBlock: events, polling, seed };
    await report(options, runHead(recipe, runs, logger));
  });
program
  .command('sustained')
  .description(
    'the head under load: a block of transfers a second, from a node that executes nothing; whether the last are as soon visible as the first',
  )
  .option('--events <count>', 'token transfers a second', wholeNumber, 5_000)
  .option('--seconds <count>', 'for how long', wholeNumber, 120)
  .option('--seed <number>', 'another seed is another chain', wholeNumber, 1)
  .option('--runs <count>', 'how often; figures are medians', wholeNumber, 1)
  .option('--json', 'the last line of output is one JSON object')
  .action(async (options: SustainedOptions) => {
    const { events, seconds, seed, runs } = options;
    await report(options, runSustained({ eventsPerSecond: events, seconds, seed }, runs, logger));
  });
await program.parseAsync();

function addMode(
  name: string,
  description: string,
  usual: Pick<Options, 'chain' | 'eventsPerBlock'> = { chain: 'token', eventsPerBlock: 50 },
): Command {
  return program
    .command(name)
    .description(description)
    .addOption(new Option('--chain <kind>', 'what happens on it').choices(chainKinds).default(usual.chain))
    .option(
      '--events <count>',
      'events on it, or entities; 100000, or 100 where they are sparse',
      wholeNumber,
    )
    .option('--events-per-block <count>', 'events in a block', wholeNumber, usual.eventsPerBlock)
    .option('--seed <number>', 'another seed is another chain of the same kind', wholeNumber, 1)
    .option('--runs <count>', 'how often; figures are medians', wholeNumber, 1)
    .option('--json', 'the last line of output is one JSON object');
}

async function report<Result extends object>(
  options: ReportOptions,
  results: AsyncIterable<Result>,
): Promise<void> {
  // The servers and the daemon end when the process exits, but not when a signal ends it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const all: Result[] = [];
  for await (const result of results) {
    all.push(result);
    if (options.runs > 1) printResult(result, options.json === true);
  }
  printResult(medians(all), options.json === true);
}

function recipeOf({ chain, events = defaultEvents[chain], eventsPerBlock, seed }: Options): ChainRecipe {
  return { kind: chain, events, eventsPerBlock, seed };
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It takes a whole number from 1 on.');
  return number;
}
