/**
 * Streams that a write error has halted until the operator acts. They have a table of their own because a queue deletes its failed jobs.
 */
import type { ClientBase } from 'pg';
import { type Hash, hexToBytes } from '../../primitives/hex.ts';
import { storable } from '../../primitives/text.ts';
import type { CursorStream } from './cursors.ts';
import { hexOf } from './sql.ts';

export interface HaltedWork {
  readonly chainId: number;
  readonly stream: CursorStream;
  /** The first block that is not processed. */
  readonly blockNumber: number;
  readonly blockHash?: Hash | null;
  readonly logIndex?: number | null;
  readonly errorCode: string;
  readonly error: string;
}

export interface Halted extends Required<HaltedWork> {
  readonly attempts: number;
  readonly parkedAt: Date;
}

/** Halts a stream, or counts one more attempt if it is already halted. */
export async function haltStream(client: ClientBase, work: HaltedWork): Promise<void> {
  await client.query(
    `insert into ledger.parked as known
       (chain_id, stream, block_number, block_hash, log_index, error_code, error, attempts)
     values ($1, $2, $3, $4, $5, $6, $7, 1)
     on conflict (chain_id, stream) do update set
       block_number = excluded.block_number, block_hash = excluded.block_hash, log_index = excluded.log_index,
       error_code = excluded.error_code, error = excluded.error, attempts = known.attempts + 1`,
    [
      work.chainId,
      work.stream,
      work.blockNumber,
      work.blockHash && hexToBytes(work.blockHash),
      work.logIndex ?? null,
      work.errorCode,
      storable(work.error).text,
    ],
  );
}

/** Resumes a halted stream. Returns false if it was not halted. */
export async function resumeStream(
  client: ClientBase,
  chainId: number,
  stream: CursorStream,
): Promise<boolean> {
  const { rowCount } = await client.query('delete from ledger.parked where chain_id = $1 and stream = $2', [
    chainId,
    stream,
  ]);
  return rowCount === 1;
}

/** The halted streams of a chain. */
export async function listHaltedStreams(client: ClientBase, chainId: number): Promise<Halted[]> {
  const { rows } = await client.query<{
    stream: CursorStream;
    block_number: number;
    block_hash: Hash | null;
    log_index: number | null;
    error_code: string;
    error: string;
    attempts: number;
    parked_at: Date;
  }>(
    `select stream, block_number::float8, ${hexOf('block_hash')}, log_index, error_code, error, attempts, parked_at
     from ledger.parked where chain_id = $1 order by stream`,
    [chainId],
  );
  return rows.map((row) => ({
    chainId,
    stream: row.stream,
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    logIndex: row.log_index,
    errorCode: row.error_code,
    error: row.error,
    attempts: row.attempts,
    parkedAt: row.parked_at,
  }));
}
