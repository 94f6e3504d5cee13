/** What the source of the chain asks the ledger: which blocks are canonical, and from where on a reorganization may replace them. */
import type { Pool } from 'pg';
import { withClient } from '../../db/client.ts';
import type { BlockReference } from '../rpc/types.ts';
import { canonicalBlock, recentHeaders } from './blocks.ts';
import { readChain } from './chains.ts';

/** The blocks that may be replaced, and the last one that may not. */
export interface ReplaceableBlocks {
  /** The last final block; null while none is. */
  readonly final: BlockReference | null;
  /** The canonical blocks from the final one on, ascending. */
  readonly blocks: readonly BlockReference[];
}

export interface LedgerView {
  /** The canonical block of a number; null if the ledger has none. */
  canonicalBlock(number: number): Promise<BlockReference | null>;
  /** From the final block on, or from `first` while no block is final. */
  replaceableBlocks(first: number): Promise<ReplaceableBlocks>;
}

/** A view of one chain in the database. It reads what is committed and holds no connection between two questions. */
export function ledgerView(pool: Pool, chainId: number): LedgerView {
  return {
    canonicalBlock: async (number) =>
      await withClient(pool, async (client) => await canonicalBlock(client, chainId, number)),
    replaceableBlocks: async (first) =>
      await withClient(pool, async (client) => {
        const final = (await readChain(client, chainId))?.final ?? null;
        return { final, blocks: await recentHeaders(client, chainId, final?.number ?? first) };
      }),
  };
}
