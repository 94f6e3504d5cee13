/** SQL fragments of the ledger’s queries, and the topics and data of a single log. */
import type { ClientBase } from 'pg';
import { type Hash, type Hex, hexToBytes } from '../../primitives/hex.ts';

/** Selects a bytea column as `0x…` text under its own name, which is cheaper than converting a Buffer to hex. */
export function hexOf(column: string): string {
  return `'0x' || encode(${column}, 'hex') as ${column}`;
}

/** The log's topics and data, or null if the ledger does not have the log. */
export async function readRawLog(
  client: ClientBase,
  chainId: number,
  log: { readonly blockNumber: number; readonly blockHash: Hash; readonly logIndex: number },
): Promise<{ readonly topics: readonly Hash[]; readonly data: Hex } | null> {
  const { rows } = await client.query<{ topics: Hash[]; data: Hex }>(
    `select array(select '0x' || encode(topic, 'hex') from unnest(topics) as topic) as topics, ${hexOf('data')}
     from ledger.logs where chain_id = $1 and block_number = $2 and block_hash = $3 and log_index = $4`,
    [chainId, log.blockNumber, hexToBytes(log.blockHash), log.logIndex],
  );
  return rows[0] ?? null;
}
