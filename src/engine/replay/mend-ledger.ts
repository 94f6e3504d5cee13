/**
 * Puts a block of the ledger right that isn't the chain's any more: its header's fields and its logs as the receipts prove them, and the
 * answers that the node gives otherwise. Nothing else ever changes what the ledger took in.
 */
import type { ClientBase } from 'pg';
import { compareLogs } from '../ledger/compare-logs.ts';
import type { LedgerBlock } from '../ledger/ledger-blocks.ts';
import { recordSystemEvent } from '../../db/system-events.ts';
import { type BlockWithLogs, type RecordedRead, requestKey } from '../ledger/batch.ts';
import { copyLogs } from '../ledger/blocks.ts';
import { copyReads } from '../ledger/reads.ts';
import { hexToBytes } from '../../primitives/hex.ts';

/** Whether the ledger's block is of this hash and differs from the chain's in what can be put right. */
export function isMendable(kept: LedgerBlock, { header, logs }: BlockWithLogs): boolean {
  if (kept.hash !== header.hash) return false;
  return (
    kept.logCount !== logs.length ||
    kept.timestamp !== header.timestamp ||
    kept.parentHash !== header.parentHash ||
    compareLogs(logs, kept.logs).length > 0
  );
}

/** In the caller's transaction, as the tables' owner. `reads` are those that the node answers otherwise than the ledger has them. */
export async function mendBlock(
  client: ClientBase,
  chainId: number,
  { header, logs }: BlockWithLogs,
  reads: readonly RecordedRead[],
): Promise<void> {
  const { number, hash, parentHash, timestamp, receiptsRoot, stateRoot } = header;
  // The ledger is append-only but for the owner who says that it is at work on it.
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
