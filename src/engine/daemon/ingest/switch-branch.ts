/** A reorganization: going over to the node's branch, or latching where that would take back what was final. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { InconsistentAnswerError } from '../../rpc/errors.ts';
import { withClient } from '../../../db/client.ts';
import { recentHeaders } from '../../ledger/blocks.ts';
import { readChain } from '../../ledger/chains.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import { compareHistory } from './known-history.ts';
import { otherHistory } from '../start/identity.ts';
import { haltWriting } from '../../leader/halt-chain.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { ChainSettings } from '../../settings.ts';
import { replaceBranch } from './append.ts';
import { DeepReorgError, fetchReplacement, type ReorgError } from '../../source/reorg.ts';
import type { IngestRun, Position } from '../../source/run.ts';
import type { Tip } from '../../source/tip.ts';

export interface BranchSwitch {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly queue: JobQueue;
  readonly chain: Pick<ChainSettings, 'completeness'>;
  readonly logger: Logger;
}

export interface SeenReorg {
  readonly reorg: ReorgError;
  /** Where the ledger is. */
  readonly position: Position;
  readonly tip: Tip;
}

/** Replaces the ledger's branch by the node's. Throws a DeepReorgError, having latched the chain, where final blocks would go. */
export async function switchBranch(settings: BranchSwitch, run: IngestRun, seen: SeenReorg): Promise<void> {
  const { pool, lease, queue, chain, logger } = settings;
  const { chainId } = run;
  const { position, reorg, tip } = seen;
  const { final, kept } = await withClient(pool, async (client) => {
    const record = await readChain(client, chainId);
    const from = record?.final?.number ?? position.contracts.firstBlock();
    return { final: record?.final ?? null, kept: await recentHeaders(client, chainId, from) };
  });
  try {
    const replacement = await fetchReplacement(run, reorg, { position, kept, final }, tip);
    const appending = { pool, lease, queue, completeness: chain.completeness };
    const orphaned = await replaceBranch(appending, position.cursor, replacement, tip);
    const { fork, gathered } = replacement;
    const { to } = gathered.source.range;
    logger.warn(
      { chainId, fork: fork.number, orphaned: orphaned.length, to },
      'reorganization: went over to another branch',
    );
  } catch (error) {
    if (error instanceof DeepReorgError) await haltChain(settings, run, error);
    throw error;
  }
}

async function haltChain(
  { pool, lease, logger }: BranchSwitch,
  run: IngestRun,
  error: DeepReorgError,
): Promise<void> {
  const { chainId, node, signal } = run;
  // No branch of the chain that is followed lacks all of its final blocks: nothing is to be decided but the node's URL.
  const history = await compareHistory({ pool, chainId, node, signal });
  if (history === 'other') throw otherHistory(node, chainId);
  // What it said a moment ago was of another chain, which it has left again: whatever is behind the URL, it is asked once more.
  if (history === 'same')
    throw new InconsistentAnswerError(
      'The node has the blocks that are final again, and had others a moment ago',
      error.place,
    );
  await haltWriting(
    { pool, lease, logger },
    {
      reason: error.message,
      detail: error.detail,
      message: 'reorganization past finality: writing has stopped',
    },
  );
}
