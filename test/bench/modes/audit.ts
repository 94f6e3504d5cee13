/** A full audit of a backfilled database: every row held against the contracts' own state. */
import type { Logger } from 'pino';
import { keepChain } from '../chain/kept-chain.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { timeCommand } from '../processes/command.ts';
import { startDatabases } from '../processes/database.ts';
import { startServingNode } from '../processes/node.ts';
import { backfill } from './backfill.ts';

export interface AuditResult {
  readonly mode: 'audit';
  readonly chain: string;
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly backfillSeconds: number;
}

export async function* runAudit(
  recipe: ChainRecipe,
  runs: number,
  logger: Logger,
): AsyncGenerator<AuditResult> {
  const chain = await keepChain(recipe, logger);
  const node = await startServingNode(chain.stateFile, logger);
  try {
    await using databases = await startDatabases(logger);
    for (let run = 0; run < runs; run++) {
      const { databaseUrl, events, seconds: backfillSeconds } = await backfill(chain, node, databases);
      const { contracts } = chain;
      const words = ['audit', '--full', '--format', 'json'];
      const seconds = await timeCommand(words, { databaseUrl, rpcUrl: node.rpcUrl, contracts });
      yield {
        mode: 'audit',
        chain: recipe.kind,
        events,
        seconds,
        eventsPerSecond: events / seconds,
        backfillSeconds,
      };
    }
  } finally {
    await node.stop();
  }
}
