/**
 * Backfill of a contract that was configured later: its logs enter the ledger at their own positions, among blocks that exist already.
 * Existing rows are unchanged, so repeating the backfill changes nothing.
 */
import type { ClientBase } from 'pg';
import { hexToBytes } from '../../primitives/hex.ts';
import { requestKey } from './batch.ts';
import { type AppendedBatch, copyBlocks, copyLogs } from './blocks.ts';
import { ledgerBlockNumbers } from './final-blocks.ts';
import { copyReads, loadReads } from './reads.ts';

/**
 * Adds the logs of added contracts to canonical blocks of the ledger, and inserts blocks that the ledger lacks because of its level.
 * Returns the number of new logs.
 */
export async function addLogsOfAddedContracts(
  client: ClientBase,
  facts: Omit<AppendedBatch, 'restored'>,
): Promise<number> {
  const { chainId, range, completeness } = facts;
  const existing = new Map(
    (await ledgerBlockNumbers(client, chainId, range)).map((block) => [block.hash, block]),
  );
  const withLogs = facts.blocks.filter(({ logs }) => logs.length > 0);
  const missing = withLogs.filter(({ header }) => !existing.has(header.hash));
  await copyBlocks(
    client,
    chainId,
    missing.map(({ header }) => ({ header, logs: [] })),
    completeness,
  );
  const fresh = withLogs.flatMap(({ header, logs }) => {
    const known = new Set(existing.get(header.hash)?.logs.map(({ logIndex }) => logIndex));
    return logs.filter(({ logIndex }) => !known.has(logIndex));
  });
  await copyLogs(client, chainId, fresh);
  await client.query(
    `update ledger.blocks set log_count = log_count + added.logs
     from (select number, hash, count(*)::int as logs from unnest($2::bigint[], $3::bytea[]) as log (number, hash) group by number, hash) as added
     where blocks.chain_id = $1 and blocks.number = added.number and blocks.hash = added.hash`,
    [
      chainId,
      fresh.map(({ blockNumber }) => blockNumber),
      fresh.map(({ blockHash }) => hexToBytes(blockHash)),
    ],
  );
  const reads = await loadReads(client, chainId, range);
  await copyReads(
    client,
    chainId,
    facts.reads.filter(({ block, request }) => reads.get(block.hash)?.has(requestKey(request)) !== true),
  );
  return fresh.length;
}

/** Makes the receipts of these contracts' transactions due again from a block on. */
export async function refillReceiptsFrom(client: ClientBase, chainId: number, from: number): Promise<void> {
  await client.query(
    `update ledger.cursors set block_number = earlier.number, block_hash = earlier.hash
     from (select number, hash from ledger.blocks where chain_id = $1 and number < $2 and is_canonical
           order by number desc limit 1) as earlier
     where chain_id = $1 and stream = 'receipts' and block_number > earlier.number`,
    [chainId, from],
  );
}
