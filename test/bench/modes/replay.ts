/** A full replay of what a backfill brought, beside that backfill's own rate: nothing differs, so it is the fold and the comparison that are measured. */
import type { Logger } from 'pino';
import { pino } from 'pino';
import { replayCommand } from '../../../src/replay/command.ts';
import { runCommand } from '../../../src/sync/commands/run-command.ts';
import { keepChain } from '../chain/kept-chain.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { startDatabases, withConnection } from '../processes/database.ts';
import { startDaemon } from '../processes/daemon.ts';
import { startServingNode } from '../processes/node.ts';
import { untilProjected } from './backfill.ts';

export interface ReplayBenchResult {
  readonly mode: 'replay';
  readonly chain: string;
  readonly events: number;
  readonly backfillSeconds: number;
  readonly foldSeconds: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** The backfill's time over the replay's. */
  readonly timesAsFast: number;
}

export async function* runReplayBench(
  recipe: ChainRecipe,
  runs: number,
  logger: Logger,
): AsyncGenerator<ReplayBenchResult> {
  const chain = await keepChain(recipe, logger);
  const node = await startServingNode(chain.stateFile, logger);
  try {
    await using databases = await startDatabases(logger);
    const databaseUrl = await databases.migrated('replayed');
    const daemon = await startDaemon({ databaseUrl, rpcUrl: node.rpcUrl, contracts: chain.contracts });
    await Promise.race([untilProjected(databaseUrl, chain.lastEventBlock), daemon.failed]);
    const backfillSeconds = (performance.now() - daemon.spawnedAt) / 1000;
    await daemon.stop();
    const chainId = await withConnection(databaseUrl, async (client) => {
      const { rows } = await client.query<{ id: number }>('select chain_id::float8 as id from ledger.chains');
      return rows[0]?.id ?? 0;
    });
    for (let run = 0; run < runs; run++) {
      const startedAt = performance.now();
      const result = await runCommand(
        replayCommand(),
        { from: null, only: null, stale: false, dryRun: false },
        {
          databaseUrl,
          chainId,
          nodes: () => {
            throw new Error('a replay asks no node');
          },
          logger: pino({ level: 'silent' }),
          signal: new AbortController().signal,
          onProgress: () => undefined,
        },
      );
      if (result.generation !== null) throw new Error('a replay with unchanged code has changed something');
      const seconds = (performance.now() - startedAt) / 1000;
      yield {
        mode: 'replay',
        chain: recipe.kind,
        events: result.logs,
        backfillSeconds,
        foldSeconds: result.foldMs / 1000,
        seconds,
        eventsPerSecond: result.logs / seconds,
        timesAsFast: backfillSeconds / seconds,
      };
    }
  } finally {
    await node.stop();
  }
}
