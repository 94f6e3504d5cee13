/** Branches of the chain. A reorg marks blocks as orphaned and never deletes them; they may become canonical again. */
import type { ClientBase } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import { type Hash, hexToBytes } from '../../primitives/hex.ts';
import { hexOf } from './sql.ts';

/** Whether a block is on the canonical branch. */
export async function isCanonical(
  client: ClientBase,
  chainId: number,
  block: BlockReference,
): Promise<boolean> {
  const { rows } = await client.query<{ is_canonical: boolean }>(
    `select is_canonical from ledger.blocks where chain_id = $1 and number = $2 and hash = $3`,
    [chainId, block.number, hexToBytes(block.hash)],
  );
  return rows[0]?.is_canonical === true;
}

/** The nearest canonical ancestor of an orphaned block, or null if the ledger has none. */
export async function canonicalAncestor(
  client: ClientBase,
  chainId: number,
  orphan: BlockReference,
): Promise<BlockReference | null> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `with recursive ancestor as (
       select number, hash, parent_hash, is_canonical from ledger.blocks
       where chain_id = $1 and number = $2 and hash = $3
       union all
       select block.number, block.hash, block.parent_hash, block.is_canonical
       from ancestor join ledger.blocks as block
         on block.chain_id = $1 and block.number = ancestor.number - 1 and block.hash = ancestor.parent_hash
       where not ancestor.is_canonical
     )
     select number::float8, ${hexOf('hash')} from ancestor where is_canonical`,
    [chainId, orphan.number, hexToBytes(orphan.hash)],
  );
  return rows[0] ?? null;
}

/**
 * Orphans everything after `fork`: marks its blocks, deletes the contracts created in them, and resolves their quarantine entries. Returns
 * the orphaned blocks.
 */
export async function orphanAfter(
  client: ClientBase,
  chainId: number,
  fork: number,
): Promise<BlockReference[]> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `update ledger.blocks set is_canonical = false
     where chain_id = $1 and number > $2 and is_canonical
     returning number::float8, ${hexOf('hash')}`,
    [chainId, fork],
  );
  const hashes = rows.map(({ hash }) => hexToBytes(hash));
  await client.query(
    'delete from ledger.contracts where chain_id = $1 and created_block_hash = any($2::bytea[])',
    [chainId, hashes],
  );
  await client.query(
    `update ledger.quarantine set resolved_at = now()
     where chain_id = $1 and block_hash = any($2::bytea[]) and resolved_at is null`,
    [chainId, hashes],
  );
  await client.query('delete from ledger.coverage where chain_id = $1 and from_block > $2', [chainId, fork]);
  await client.query('update ledger.coverage set to_block = $2 where chain_id = $1 and to_block > $2', [
    chainId,
    fork,
  ]);
  return rows;
}

/**
 * Makes orphaned blocks among `blocks` canonical again and returns those. Their logs and reads still exist. Usually the ledger has no block
 * from the first number on, which one index lookup shows.
 */
export async function restoreBlocks(
  client: ClientBase,
  chainId: number,
  blocks: readonly BlockReference[],
): Promise<ReadonlySet<Hash>> {
  const [first] = blocks;
  if (first === undefined) return new Set();
  const { rows } = await client.query<{ hash: Hash }>(
    `update ledger.blocks set is_canonical = true
     from unnest($2::bigint[], $3::bytea[]) as returning_block (number, hash)
     where blocks.chain_id = $1 and blocks.number = returning_block.number and blocks.hash = returning_block.hash
       and exists (select from ledger.blocks as left_behind where left_behind.chain_id = $1 and left_behind.number >= $4)
     returning '0x' || encode(blocks.hash, 'hex') as hash`,
    [chainId, blocks.map(({ number }) => number), blocks.map(({ hash }) => hexToBytes(hash)), first.number],
  );
  return new Set(rows.map(({ hash }) => hash));
}
