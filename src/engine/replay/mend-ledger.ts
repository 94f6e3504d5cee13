/**
 * Corrects a block of the ledger that differs from the chain: its header fields and logs as proven by the receipts, and the recorded reads
 * for which the node gives another answer. This is the only operation that changes ingested data.
 */
import type { ClientBase } from 'pg';
import { compareLogs, type LedgerBlock } from '../ledger/ledger-blocks.ts';
import { recordSystemEvent } from '../../db/system-events.ts';
import { type BlockWithLogs, type RecordedRead, requestKey } from '../ledger/batch.ts';
import { copyLogs } from '../ledger/blocks.ts';
import { copyReads } from '../ledger/reads.ts';
import { hexToBytes } from '../../primitives/hex.ts';

/** Whether the ledger's block has the chain's hash and differs in data that can be corrected. */
export function isMendable(kept: LedgerBlock, { header, logs }: BlockWithLogs): boolean {
  if (kept.hash !== header.hash) return false;
  return (
    kept.logCount !== logs.length ||
    kept.timestamp !== header.timestamp ||
    kept.parentHash !== header.parentHash ||
    compareLogs(logs, kept.logs).length > 0
  );
}

/**
 * Corrects the block in the caller's transaction, which must run as the tables' owner. `reads` are those for which the node's answer
 * differs from the ledger.
 */
export async function mendBlock(
  client: ClientBase,
  chainId: number,
  { header, logs }: BlockWithLogs,
  reads: readonly RecordedRead[],
): Promise<void> {
  const { number, hash, parentHash, timestamp, receiptsRoot, stateRoot } = header;
  // The ledger is append-only, unless the owner declares maintenance.
  await client.query("set local tracechain.maintenance = 'on'");
  const place = [chainId, number, hexToBytes(hash)];
  await client.query(
    'delete from ledger.logs where chain_id = $1 and block_number = $2 and block_hash = $3',
    place,
  );
  await copyLogs(client, chainId, logs);
  await client.query(
    `update ledger.blocks set log_count = $4, "timestamp" = $5, parent_hash = $6, receipts_root = $7, state_root = $8
     where chain_id = $1 and number = $2 and hash = $3`,
    [
      ...place,
      logs.length,
      timestamp.toString(),
      hexToBytes(parentHash),
      hexToBytes(receiptsRoot),
      hexToBytes(stateRoot),
    ],
  );
  await client.query(
    `delete from ledger.reads where chain_id = $1 and block_number = $2 and block_hash = $3 and request_key = any($4::bytea[])`,
    [...place, reads.map(({ request }) => hexToBytes(`0x${requestKey(request)}`))],
  );
  await copyReads(client, chainId, reads);
  await client.query("set local tracechain.maintenance = 'off'");
  await recordSystemEvent(client, {
    eventType: 'ledger_mended',
    severity: 'warning',
    data: { chainId, block: number, blockHash: hash, logs: logs.length, reads: reads.length },
  });
}
