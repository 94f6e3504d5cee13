/** Projects the ledger's final blocks again, into the shadow, with the same pure functions and batches as the first time. */
import type { Pool } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import type { BlockBatch } from '../contract/decode-batch.ts';
import { withTransaction } from '../../db/client.ts';
import { loadBatch } from '../ledger/load-batch.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { projectLedger, readAhead } from '../projection/project-ledger.ts';
import type { RowSource } from '../projection/project.ts';
import type { Shadow } from './shadow.ts';

export interface Reprojection {
  readonly pool: Pool;
  readonly shadow: Shadow;
  readonly projections: ProjectionSet;
  readonly contracts: ContractSet;
  /** Logs per batch. The result does not depend on it. */
  readonly batchLogs: number;
  readonly signal: AbortSignal;
  /** Called when all blocks up to this one are projected. */
  readonly onFolded: (blockNumber: number) => void;
}

const maximumBlocksPerBatch = 100_000;

/** Projects the blocks after `after` up to and including `to`, which the ledger must have. Returns the number of logs. */
export async function reproject(settings: Reprojection, after: number, to: BlockReference): Promise<number> {
  const { shadow, projections, contracts, signal, onFolded } = settings;
  let logs = 0;
  let saving = Promise.resolve();
  const rows: RowSource = {
    async load(requested) {
      await saving;
      return await shadow.load(requested);
    },
  };
  const batches = projectLedger({
    // Reads a batch on another connection while the previous one is folded, and decodes it while that one is saved.
    read: readAhead(async (last) => await load(settings, last, to.number)),
    after,
    contracts,
    projections,
    rows,
    signal,
  });
  for await (const { batch, effect } of batches) {
    saving = shadow.save(effect);
    // The failure is thrown when the save is awaited. Until then it must not count as an unhandled rejection.
    void saving.catch(() => undefined);
    logs += batch.blocks.reduce((sum, block) => sum + block.logs.length, 0);
    onFolded(batch.to.number);
  }
  await saving;
  return logs;
}

async function load(
  { pool, shadow, batchLogs }: Reprojection,
  after: number,
  upTo: number,
): Promise<BlockBatch | null> {
  const bounds = {
    chainId: shadow.chainId,
    after,
    upTo,
    maximumLogs: batchLogs,
    maximumBlocks: maximumBlocksPerBatch,
  };
  return await withTransaction(pool, async (client) => await loadBatch(client, bounds), {
    isolation: 'repeatable read',
    isReadOnly: true,
  });
}
