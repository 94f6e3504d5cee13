/** Folds the ledger's final blocks again, into the shadow: the same pure functions over the same batches as at the first time. */
import type { Pool } from 'pg';
import type { BlockReference } from '../chain/types.ts';
import type { ContractSet } from '../contracts/contract-set.ts';
import { decodeBatch } from '../contracts/decode-batch.ts';
import { withTransaction } from '../db/client.ts';
import type { Batch } from '../ledger/batch.ts';
import { loadBatch } from '../ledger/load-batch.ts';
import { givingWay } from '../primitives/steps.ts';
import { foldStepwise, type ProjectionSet, wantedBy } from '../projections/fold/fold.ts';
import type { Shadow } from './shadow.ts';

export interface FoldAgain {
  readonly pool: Pool;
  readonly shadow: Shadow;
  readonly projections: ProjectionSet;
  readonly contracts: ContractSet;
  /** Logs in one batch; what comes out doesn't depend on it. */
  readonly batchLogs: number;
  readonly signal: AbortSignal;
  /** All blocks up to this one are folded. */
  readonly onFolded: (blockNumber: number) => void;
}

const mostBlocksAtOnce = 100_000;

/** Folds the blocks after `after` up to and with `to`, which the ledger must have. Returns how many logs there were. */
export async function foldAgain(settings: FoldAgain, after: number, to: BlockReference): Promise<number> {
  const { shadow, projections, contracts, signal, onFolded } = settings;
  let logs = 0;
  let next = load(settings, after, to.number);
  let saving = Promise.resolve();
  for (;;) {
    signal.throwIfAborted();
    const batch = await next;
    if (batch === null) break;
    // The next one is read, through another connection, while this one is folded, and decoded while this one is saved.
    next = load(settings, batch.to.number, to.number);
    void next.catch(() => undefined);
    const decoded = decodeBatch(batch, contracts);
    const wanted = wantedBy(decoded, projections);
    await saving;
    const effect = await givingWay(foldStepwise(decoded, projections, wanted, await shadow.load(wanted)));
    saving = shadow.save(effect);
    // It is thrown when its end is waited for; until then it must not count as unhandled.
    void saving.catch(() => undefined);
    logs += batch.blocks.reduce((sum, block) => sum + block.logs.length, 0);
    onFolded(batch.to.number);
  }
  await saving;
  return logs;
}

async function load(
  { pool, shadow, batchLogs }: FoldAgain,
  after: number,
  upTo: number,
): Promise<Batch | null> {
  const bounds = {
    chainId: shadow.chainId,
    after,
    upTo,
    maximumLogs: batchLogs,
    maximumBlocks: mostBlocksAtOnce,
  };
  return await withTransaction(pool, async (client) => await loadBatch(client, bounds), {
    isolation: 'repeatable read',
    isReadOnly: true,
  });
}
