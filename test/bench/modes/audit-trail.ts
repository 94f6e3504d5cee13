/** The cost of the audit trail: backfills with and without the journal. */
import type { Logger } from 'pino';
import { keepChain } from '../chain/kept-chain.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { startDatabases } from '../processes/database.ts';
import { startServingNode } from '../processes/node.ts';
import { backfill } from './backfill.ts';

export interface AuditTrailResult {
  readonly mode: 'audit-trail';
  readonly chain: string;
  readonly events: number;
  readonly secondsWith: number;
  readonly secondsWithout: number;
  /** The throughput that it costs, in percent. */
  readonly costPercent: number;
  readonly cpuSecondsWith: number;
  readonly cpuSecondsWithout: number;
}

const withoutJournal = new URL('../processes/without-journal.js', import.meta.url).href;

/**
 * Alternating pairs of runs, one with the journal and one without, so that a slow machine affects both
 * equally.
 */
export async function* measureAuditTrail(
  recipe: ChainRecipe,
  pairs: number,
  logger: Logger,
): AsyncGenerator<AuditTrailResult> {
  const chain = await keepChain(recipe, logger);
  const node = await startServingNode(chain.stateFile, logger);
  try {
    await using databases = await startDatabases(logger);
    for (let pair = 0; pair < pairs; pair++) {
      const kept = await backfill(chain, node, databases);
      const bare = await backfill(chain, node, databases, [withoutJournal]);
      yield {
        mode: 'audit-trail',
        chain: recipe.kind,
        events: kept.events,
        secondsWith: kept.seconds,
        secondsWithout: bare.seconds,
        costPercent: 100 * (1 - bare.seconds / kept.seconds),
        cpuSecondsWith: kept.daemonCpuSeconds + kept.postgresCpuSeconds,
        cpuSecondsWithout: bare.daemonCpuSeconds + bare.postgresCpuSeconds,
      };
    }
  } finally {
    await node.stop();
  }
}
