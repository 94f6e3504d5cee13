/**
 * Compares a node's chain with the chain of the ledger. Two chains may share id and genesis and differ in
 * everything after them.
 */
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
 * `same`: the newest final block that both can have is equal. `parted`: it differs, but the ledger's oldest
 * is equal. `other`: the oldest differs too, which no reorg causes. `unknown`: the ledger has no block that
 * the node could have.
 */
export type History = 'same' | 'parted' | 'other' | 'unknown';

/**
 * Compares the ledger's final blocks with the node's. Ignores genesis, which the identity check compares.
 * Throws the node's and the database's errors.
 */
export async function compareHistory({ pool, chainId, node, signal }: HistoryQuestion): Promise<History> {
  const head = await headHeader(node, { signal });
  const kept = await withClient(pool, async (client) => await comparable(client, chainId, head.number));
  if (kept === null) return 'unknown';
  // One batch, because a URL may lead to another chain with the next request.
  const { newest, oldest } = kept;
  const theirs = await getHeaders(node, [newest.number, oldest.number], { signal });
  if (theirs[0]?.hash === newest.hash) return 'same';
  return theirs[1]?.hash === oldest.hash ? 'parted' : 'other';
}

/** Returns the ledger's oldest and newest final blocks above genesis, up to the node's head. */
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
