/** Whether a node's chain is the one that the ledger was filled from: id and genesis may be the same, and everything after them another. */
import type { ClientBase, Pool } from 'pg';
import { getHeaders, headHeader } from '../../chain/headers.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { BlockReference } from '../../rpc/types.ts';
import { withClient } from '../../../db/client.ts';
import { newestCanonical, oldestCanonical } from '../../ledger/blocks.ts';
import { readChain } from '../../ledger/chains.ts';

export interface HistoryQuestion {
  readonly pool: Pool;
  readonly chainId: number;
  readonly node: ChainNode;
  readonly signal: AbortSignal;
}

/**
 * `same`: the newest final block that both can have is the same. `parted`: it isn't, but the ledger's oldest is. `other`: not even that one
 * is, which no reorganization does. `unknown`: the ledger has no block yet that the node could have.
 */
export type History = 'same' | 'parted' | 'other' | 'unknown';

/** Compares the ledger's final blocks with the node's. Genesis isn't looked at: that is the identity's to compare. */
export async function compareHistory({ pool, chainId, node, signal }: HistoryQuestion): Promise<History> {
  const head = await headHeader(node, { signal });
  const kept = await withClient(pool, async (client) => await comparable(client, chainId, head.number));
  if (kept === null) return 'unknown';
  // In one question: a URL may lead to another chain with the next.
  const { newest, oldest } = kept;
  const theirs = await getHeaders(node, [newest.number, oldest.number], { signal });
  if (theirs[0]?.hash === newest.hash) return 'same';
  return theirs[1]?.hash === oldest.hash ? 'parted' : 'other';
}

/** The ledger's oldest and newest final blocks above genesis, up to the node's head. */
async function comparable(
  client: ClientBase,
  chainId: number,
  head: number,
): Promise<{ readonly oldest: BlockReference; readonly newest: BlockReference } | null> {
  const final = (await readChain(client, chainId))?.final?.number ?? 0;
  const range = { from: 1, to: Math.min(final, head) };
  const oldest = await oldestCanonical(client, chainId, range);
  const newest = await newestCanonical(client, chainId, range);
  return oldest === null || newest === null ? null : { oldest, newest };
}
