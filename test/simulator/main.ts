/** `npm run simulate`: searches for faults that make the daemon's tables wrong. */
import { Command, InvalidArgumentError } from 'commander';
import { registerTraceChain } from '../../src/tracechain/index.ts';

// The oracle refers to TraceChain's tables when it is loaded.
registerTraceChain();
const { simulate } = await import('./simulate.ts');

const command = new Command('simulate')
  .description('run the daemon through seeded faults and hold its tables against a clean fold of the chain')
  .option('--seed <number>', 'the first seed', wholeNumber, 1)
  .option('--runs <number>', 'how many seeds, one after the other', wholeNumber, 1)
  .option('--mutation <name>', 'break one safeguard and see that it is noticed; `all` for each of them')
  .option('--jobs <number>', 'runs at once', wholeNumber, 2)
  .option('--json', 'one JSON object a run')
  .action(async (options: Parameters<typeof simulate>[0]) => {
    process.exitCode = await simulate(options);
  });
// The servers end when the process exits, but not when a signal ends it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await command.parseAsync();

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a whole number.');
}
