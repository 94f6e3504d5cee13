/** A reorganization past finality: the chain is halted, unless the node turns out to serve another chain, or contradicts itself. */
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

/** Stops all writing for the chain until a person decides. Throws instead if it is the node that is wrong: an OtherChainError or an InconsistentAnswerError. */
export async function haltChain(
  { pool, lease, logger }: HaltSettings,
  node: ChainNode,
  error: DeepReorgError,
  signal: AbortSignal,
): Promise<void> {
  const { chainId } = lease;
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
