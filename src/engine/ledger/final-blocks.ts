/** Reads final blocks from the ledger, to compare them with the chain once more. */
import type { ClientBase } from 'pg';
import type { BlockReference, RawLog } from '../rpc/types.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { loadLogs } from './load-batch.ts';
import { hexOf } from './sql.ts';

export interface KnownLedgerBlock extends BlockReference {
  /** In log order. */
  readonly logs: readonly RawLog[];
}

/**
 * The last canonical block of a run that starts with the range and has at most `maximumLogs` logs, except that a single block may exceed
 * the limit. Null if the ledger has no block of the range.
 */
export async function endOfRun(
  client: ClientBase,
  chainId: number,
  { from, to }: BlockRange,
  maximumLogs: number,
): Promise<BlockReference | null> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `select number::float8, ${hexOf('hash')}
     from (
       select number, hash, row_number() over running as position, sum(log_count) over running as logs_so_far
       from ledger.blocks where chain_id = $1 and number between $2 and $3 and is_canonical
       window running as (order by number rows unbounded preceding)
     ) as run
     where logs_so_far <= $4 or position = 1
     order by run.number desc limit 1`,
    [chainId, from, to, maximumLogs],
  );
  return rows[0] ?? null;
}

/** The canonical blocks of the range with their logs, in order. */
export async function ledgerBlockNumbers(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<KnownLedgerBlock[]> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `select number::float8, ${hexOf('hash')} from ledger.blocks
     where chain_id = $1 and number between $2 and $3 and is_canonical order by blocks.number`,
    [chainId, range.from, range.to],
  );
  const logs = await loadLogs(client, chainId, range);
  return rows.map((block) => ({ ...block, logs: logs.get(block.hash) ?? [] }));
}
