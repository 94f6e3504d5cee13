/**
 * `tracechain replay` of a complete backfill, compared with that backfill's rate. The time includes its start
 * and its output. No row may differ and the digest stays the same, so the run measures the fold and the
 * comparison.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import { keepChain } from '../chain/kept-chain.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { type ExecutionContext, timeCommand } from '../processes/command.ts';
import { startDatabases } from '../processes/database.ts';
import { startServingNode } from '../processes/node.ts';
import { verifyDigest, verifyRows } from '../verify.ts';
import { backfill } from './backfill.ts';

export interface ReplayBenchResult {
  readonly mode: 'replay';
  readonly chain: string;
  readonly events: number;
  readonly backfillSeconds: number;
  /** The part of the replay's time that it spent folding. */
  readonly foldSeconds: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** The backfill's time divided by the replay's. */
  readonly timesAsFast: number;
}

const replayAnswer = z.object({
  logs: z.number(),
  foldMs: z.number(),
  generation: z.number().nullable(),
});

export async function* runReplayBench(
  recipe: ChainRecipe,
  runs: number,
  logger: Logger,
): AsyncGenerator<ReplayBenchResult> {
  const chain = await keepChain(recipe, logger);
  const node = await startServingNode(chain.stateFile, logger);
  try {
    await using databases = await startDatabases(logger);
    for (let run = 0; run < runs; run++) {
      const { databaseUrl, seconds: backfillSeconds } = await backfill(chain, node, databases);
      const replayed = await replay({ databaseUrl, rpcUrl: node.rpcUrl, contracts: chain.contracts });
      await verifyRows(databaseUrl, chain.expected);
      await verifyDigest(databaseUrl, chain.digestFile);
      yield {
        mode: 'replay',
        chain: recipe.kind,
        events: replayed.events,
        backfillSeconds,
        foldSeconds: replayed.foldSeconds,
        seconds: replayed.seconds,
        eventsPerSecond: replayed.events / replayed.seconds,
        timesAsFast: backfillSeconds / replayed.seconds,
      };
    }
  } finally {
    await node.stop();
  }
}

async function replay(context: ExecutionContext) {
  const { output, seconds } = await timeCommand(['replay', '--yes', '--json'], context);
  const { logs, foldMs, generation } = replayAnswer.parse(JSON.parse(output));
  if (generation !== null) throw new Error('a replay with unchanged code has changed something');
  return { events: logs, foldSeconds: foldMs / 1000, seconds };
}
