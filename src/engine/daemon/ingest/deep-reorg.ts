/**
 * Handles a reorg past finality: halts the chain, unless the node serves another chain or contradicts itself.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { haltWriting } from '../../leader/halt-chain.ts';
import type { Lease } from '../../leader/leadership.ts';
import { InconsistentAnswerError } from '../../rpc/errors.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { DeepReorgError } from '../../source/reorg.ts';
import { otherHistory } from '../start/identity.ts';
import { compareHistory } from './known-history.ts';

export interface HaltSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly logger: Logger;
}

/**
 * Stops all writing for the chain until an operator decides. If the node is wrong, throws an OtherChainError
 * or an InconsistentAnswerError instead.
 */
export async function haltChain(
  { pool, lease, logger }: HaltSettings,
  node: ChainNode,
  error: DeepReorgError,
  signal: AbortSignal,
): Promise<void> {
  const { chainId } = lease;
  // No branch of the followed chain lacks all of its final blocks, so the only fix is another node URL.
  const history = await compareHistory({ pool, chainId, node, signal });
  if (history === 'other') throw otherHistory(node, chainId);
  // The node's earlier answer was from another chain, and the URL now leads to the followed chain again. The
  // request is retried.
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
