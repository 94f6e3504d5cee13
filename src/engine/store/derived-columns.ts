/** Columns that are filled after the projection, outside journal and digest: confirmation, links, and what receipts say. */
import type { ClientBase } from 'pg';
import { tablesWithConfirmation, storedTable } from './stored-table.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { BatchEffect } from '../projection/fold.ts';
import type { Links } from '../projection/links.ts';
import type { Hash } from '../../primitives/hex.ts';
import { tablesWith } from '../tables.ts';
import { arrayLiteral } from './stored-column.ts';

/**
 * Confirms pending rows of blocks up to `final`, at most `limit` rows. Returns the number of confirmed rows, which is less than `limit` if
 * none remain.
 */
export async function confirmFinal(
  client: ClientBase,
  chainId: number,
  final: number,
  limit: number,
): Promise<number> {
  let confirmed = 0;
  for (const { sqlName } of tablesWithConfirmation()) {
    if (confirmed >= limit) break;
    const { rowCount } = await client.query(
      `update ${sqlName} set status = 'confirmed', confirmed_at = now()
       where id in (select id from ${sqlName}
                    where chain_id = $1 and block_number <= $2 and status = 'pending'
                    order by block_number limit $3)`,
      [chainId, final, limit - confirmed],
    );
    confirmed += rowCount ?? 0;
  }
  return confirmed;
}

/**
 * Links what a batch changed: its rows to their targets, then rows that waited for its new targets. Returns the targets for which rows
 * still wait: the caller sends a job in the same transaction that passes them to `linkWaiting`, or their links are lost.
 */
export async function linkBatch(
  client: ClientBase,
  chainId: number,
  { changes }: Pick<BatchEffect, 'changes'>,
  links: Links | null,
): Promise<Uuid[]> {
  if (links === null) return [];
  const linked = links.tables();
  for (const { table, inserted, updated } of changes) {
    if (!linked.includes(table)) continue;
    const ids = [...inserted, ...updated].map((row) => row['id'] as Uuid);
    await links.linkRows(client, chainId, table, ids);
  }
  const targets = changes.find(({ table }) => table === links.target)?.inserted ?? [];
  return await links.linkWaiting(
    client,
    chainId,
    targets.map((row) => row['id'] as Uuid),
  );
}

/**
 * Fills the receipt columns of the rows of these transactions from the receipts in the ledger. Returns the number of filled rows; rows
 * that are not projected yet are not among them.
 */
export async function fillReceiptFacts(
  client: ClientBase,
  chainId: number,
  transactionHashes: readonly Hash[],
): Promise<number> {
  if (transactionHashes.length === 0) return 0;
  let filled = 0;
  for (const { sqlName } of tablesWith('receipt').map(storedTable)) {
    const { rowCount } = await client.query(
      `update ${sqlName} as stored
       set gas_used = receipt.gas_used, gas_price = receipt.effective_gas_price
       from unnest($2::text[]) as wanted (transaction_hash)
       join ledger.receipts as receipt
         on receipt.chain_id = $1 and receipt.transaction_hash = decode(substr(wanted.transaction_hash, 3), 'hex')
       where stored.transaction_hash = wanted.transaction_hash and stored.chain_id = $1
         and stored.block_hash = '0x' || encode(receipt.block_hash, 'hex') and stored.gas_used is null`,
      [chainId, arrayLiteral(transactionHashes)],
    );
    filled += rowCount ?? 0;
  }
  return filled;
}

/** Fills the receipt columns of all rows in blocks after `afterBlock`. */
export async function fillReceiptFactsAfter(
  client: ClientBase,
  chainId: number,
  afterBlock: number,
): Promise<void> {
  for (const { sqlName } of tablesWith('receipt').map(storedTable)) {
    await client.query(
      `update ${sqlName} as stored
       set gas_used = receipt.gas_used, gas_price = receipt.effective_gas_price
       from ledger.receipts as receipt
       where receipt.chain_id = $1 and receipt.block_number > $2 and stored.chain_id = $1
         and stored.block_number > $2 and stored.gas_used is null
         and stored.transaction_hash = '0x' || encode(receipt.transaction_hash, 'hex')
         and stored.block_hash = '0x' || encode(receipt.block_hash, 'hex')`,
      [chainId, afterBlock],
    );
  }
}
