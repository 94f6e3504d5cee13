/** Compares a block's logs in its receipts with those in the ledger. */
import type { RawLog } from '../rpc/types.ts';

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
