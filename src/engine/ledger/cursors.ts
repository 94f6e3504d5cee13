/** The progress of each stream. A cursor moves only in the transaction that writes the work it records. */
import type { ClientBase } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { type Hash, hexToBytes } from '../../primitives/hex.ts';
import { hexOf } from './sql.ts';

export type CursorStream = 'ingest' | 'projection' | 'receipts' | 'verification';

/** Another process moved the cursor or leads with a newer epoch. The transaction's work is stale and must be rolled back. */
export class CursorMovedError extends TraceChainError {
  override readonly name = 'CursorMovedError';
}

/** The last block that the stream has processed, or null before its first. */
export async function readCursor(
  client: ClientBase,
  chainId: number,
  stream: CursorStream,
): Promise<BlockReference | null> {
  const { rows } = await client.query<{ block_number: number; block_hash: Hash }>(
    `select block_number::float8, ${hexOf('block_hash')} from ledger.cursors where chain_id = $1 and stream = $2`,
    [chainId, stream],
  );
  const row = rows[0];
  return row === undefined ? null : { number: row.block_number, hash: row.block_hash };
}

export interface CursorMove {
  readonly chainId: number;
  readonly stream: CursorStream;
  /** The expected position of the cursor, or null if the stream has not started. */
  readonly from: BlockReference | null;
  readonly to: BlockReference;
  /** The epoch of the leader that writes. */
  readonly epoch: number;
}

/** Moves a cursor from an expected position. Throws a CursorMovedError if the cursor is elsewhere. */
export async function moveCursor(client: ClientBase, move: CursorMove): Promise<void> {
  const { chainId, stream, from, to, epoch } = move;
  const target = [chainId, stream, to.number, hexToBytes(to.hash), epoch];
  const { rowCount } =
    from === null
      ? await client.query(
          `insert into ledger.cursors (chain_id, stream, block_number, block_hash, epoch)
           values ($1, $2, $3, $4, $5) on conflict (chain_id, stream) do nothing`,
          target,
        )
      : await client.query(
          `update ledger.cursors set block_number = $3, block_hash = $4, epoch = $5, updated_at = now()
           where chain_id = $1 and stream = $2 and block_number = $6 and block_hash = $7 and epoch <= $5`,
          [...target, from.number, hexToBytes(from.hash)],
        );
  if (rowCount === 1) return;
  const expected = from === null ? 'before its first block' : `at block ${from.number} (${from.hash})`;
  throw new CursorMovedError(
    `the ${stream} cursor of chain ${chainId} is no longer ${expected}, or a newer leader than epoch ${epoch} has it`,
    {
      code: 'ledger/cursor-moved',
      fix: 'Another process leads this chain now. Nothing was written; this process reads its position again.',
      place: { chainId, blockNumber: to.number, blockHash: to.hash },
    },
  );
}

/** Moves every cursor that is past a block back to it, after an operator has decided to revert final blocks. */
export async function revertCursors(
  client: ClientBase,
  { chainId, to, epoch }: { readonly chainId: number; readonly to: BlockReference; readonly epoch: number },
): Promise<void> {
  await client.query(
    `update ledger.cursors set block_number = $2, block_hash = $3, epoch = $4, updated_at = now()
     where chain_id = $1 and block_number > $2`,
    [chainId, to.number, hexToBytes(to.hash), epoch],
  );
}
