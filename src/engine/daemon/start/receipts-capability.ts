/**
 * For level `receipts`: determines whether receipts of this chain can be verified, and stores the result with
 * the chain.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { isNodeFault } from '../../rpc/errors.ts';
import { headHeader } from '../../chain/headers.ts';
import type { ChainNode } from '../../rpc/node.ts';
import { examineReceipts, type ReceiptsCapability } from '../../chain/receipts-capability.ts';
import { withTransaction } from '../../../db/client.ts';
import { recordCapability } from '../../ledger/chains.ts';
import { CannotRunError, required } from '../../../primitives/errors.ts';
import type { Lease } from '../../leader/leadership.ts';
import { retryForever } from '../../leader/retry-forever.ts';

export interface CapabilitySettings {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly nodes: readonly ChainNode[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Throws a CannotRunError if no node's receipts match the roots of its headers, since every block would be
 * refused.
 */
export async function requireCheckableReceipts(settings: CapabilitySettings): Promise<void> {
  const { pool, lease, logger, signal } = settings;
  const { chainId } = lease;
  const capability = await retryForever(
    { what: 'looking at the chain’s receipts', signal, logger },
    async () => await examineNodes(settings),
  );
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await recordCapability(client, chainId, 'receipts', capability);
  });
  if (capability.state === 'checkable') return;
  if (capability.state === 'unknown') {
    logger.warn(
      { chainId },
      'no recent block has a transaction: whether receipts can be checked isn’t known yet',
    );
    return;
  }
  const blocks = capability.blocks.join(', ');
  const what =
    capability.state === 'unserved'
      ? `no node gives the receipts of block ${blocks}`
      : `the receipts of blocks ${blocks} don’t make the roots of their headers`;
  throw new CannotRunError(`chain ${chainId} can’t be indexed at the level receipts: ${what}`, {
    code: 'sync/receipts-not-checkable',
    fix:
      capability.state === 'unserved'
        ? 'Use a node that serves eth_getBlockReceipts or eth_getTransactionReceipt, or set chain.completeness to bloom.'
        : 'Set chain.completeness to bloom (or hash): this chain’s headers hold another root, or its nodes leave out what it is made of.',
    place: { chainId },
  });
}

/**
 * Returns the result of the first node whose receipts can be verified; if there is none, the result of the
 * last node.
 */
async function examineNodes({ nodes, signal }: CapabilitySettings): Promise<ReceiptsCapability> {
  let told: ReceiptsCapability | undefined;
  let fault: unknown;
  for (const node of nodes) {
    try {
      const { number } = await headHeader(node, { signal });
      told = await examineReceipts(node, number, { signal });
      if (told.state === 'checkable' || told.state === 'unknown') return told;
    } catch (error) {
      if (!isNodeFault(error)) throw error;
      fault = error;
    }
  }
  if (told === undefined && fault !== undefined) throw fault;
  return required(told, 'a node');
}
