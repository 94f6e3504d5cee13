/** Implements `demo`: the local system on temporary data, which ends by itself. */
import { daemonSettings } from '../config/index.ts';
import { demoProblems, runDemo } from '../devnet/demo.ts';
import type { DemoSummary } from '../devnet/demo.ts';
import { CannotRunError } from '../primitives/errors.ts';
import type { CommandContext } from './context.ts';
import { formatFacts, formatTable, printLine, printNote } from './output.ts';
import type { Shutdown } from './shutdown.ts';
import { toJson } from './terminal.ts';

export interface DemoOptions {
  readonly json?: true;
}

/** Returns whether every event was projected and none quarantined. */
export async function demo(
  { configuration, logger }: CommandContext,
  options: DemoOptions,
  { signal }: Shutdown,
): Promise<boolean> {
  const summary = await runDemo({
    settingsFor: (parts) => daemonSettings(configuration, parts),
    logger,
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? stopped() : error;
  });
  const problems = demoProblems(summary);
  for (const problem of problems) printNote(`tracechain: the demo found that ${problem}.`);
  printLine(options.json ? toJson(summary) : formatSummary(summary));
  return problems.length === 0;
}

function stopped(): CannotRunError {
  return new CannotRunError('The demo was stopped before its end.', {
    code: 'demo/stopped',
    fix: 'Run it again; its data was deleted.',
  });
}

function formatSummary({
  blocks,
  chainEvents,
  projectedEvents,
  quarantined,
  seconds,
  tables,
}: DemoSummary): string {
  const facts = formatFacts([
    ['events on chain', String(chainEvents)],
    ['projected', String(projectedEvents)],
    ['quarantined', String(quarantined)],
    ['blocks', String(blocks)],
    ['seconds', String(seconds)],
  ]);
  const rows = Object.entries(tables).map(([name, count]) => [name, String(count)]);
  return `${facts}\n\n${formatTable(['table', 'rows'], rows)}`;
}
