/** The ledger's data of a run of blocks, for a proof against receipts. */
import type { ClientBase } from 'pg';
import type { CompletenessLevel, RawLog } from '../rpc/types.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { hexOf } from './sql.ts';
import { loadLogs } from './load-batch.ts';

export interface LedgerBlock {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly receiptsRoot: Hash | null;
  readonly stateRoot: Hash | null;
  readonly timestamp: bigint;
  readonly completeness: CompletenessLevel;
  /** The number of logs that the block had at ingestion. */
  readonly logCount: number;
  /** The logs that the ledger has now. */
  readonly logs: readonly RawLog[];
}

/** The canonical blocks of the range, by number. */
export async function loadLedgerBlocks(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<Map<number, LedgerBlock>> {
  const { rows } = await client.query<{
    number: number;
    hash: Hash;
    parent_hash: Hash;
    receipts_root: Hash | null;
    state_root: Hash | null;
    timestamp: string;
    completeness: CompletenessLevel;
    log_count: number;
  }>(
    `select number::float8, ${hexOf('hash')}, ${hexOf('parent_hash')}, ${hexOf('receipts_root')}, ${hexOf('state_root')},
            "timestamp"::text, completeness, log_count
     from ledger.blocks where chain_id = $1 and is_canonical and number between $2 and $3`,
    [chainId, range.from, range.to],
  );
  const logs = await loadLogs(client, chainId, range);
  return new Map(
    rows.map((row) => [
      row.number,
      {
        number: row.number,
        hash: row.hash,
        parentHash: row.parent_hash,
        receiptsRoot: row.receipts_root,
        stateRoot: row.state_root,
        timestamp: BigInt(row.timestamp),
        completeness: row.completeness,
        logCount: row.log_count,
        logs: logs.get(row.hash) ?? [],
      },
    ]),
  );
}

export type LogDifference =
  | { readonly kind: 'log missing' | 'log added'; readonly log: RawLog }
  | { readonly kind: 'log altered'; readonly log: RawLog; readonly fields: readonly string[] };

/** `proven` are the block's logs of indexed contracts, `kept` those in the ledger. Logs are matched by their index in the block. */
export function compareLogs(proven: readonly RawLog[], kept: readonly RawLog[]): LogDifference[] {
  const keptByIndex = new Map(kept.map((log) => [log.logIndex, log]));
  const provenIndexes = new Set(proven.map(({ logIndex }) => logIndex));
  const differences: LogDifference[] = [];
  for (const log of proven) {
    const found = keptByIndex.get(log.logIndex);
    if (found === undefined) differences.push({ kind: 'log missing', log });
    else {
      const fields = differingFields(log, found);
      if (fields.length > 0) differences.push({ kind: 'log altered', log: found, fields });
    }
  }
  for (const log of kept) {
    if (!provenIndexes.has(log.logIndex)) differences.push({ kind: 'log added', log });
  }
  return differences;
}

function differingFields(proven: RawLog, kept: RawLog): string[] {
  const fields: string[] = [];
  if (proven.address !== kept.address) fields.push('address');
  if (proven.topics.join() !== kept.topics.join()) fields.push('topics');
  if (proven.data !== kept.data) fields.push('data');
  if (proven.transactionHash !== kept.transactionHash) fields.push('transaction_hash');
  if (proven.transactionIndex !== kept.transactionIndex) fields.push('transaction_index');
  return fields;
}
