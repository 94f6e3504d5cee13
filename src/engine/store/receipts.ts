/** What only a transaction's receipt says, in the columns `gas_used` and `gas_price` that it owns: filled after finality, outside journal and digest. */
import type { ClientBase } from 'pg';
import type { Hash } from '../../primitives/hex.ts';
import { tablesWith } from '../tables.ts';
import { arrayLiteral } from './stored-column.ts';
import { storedTable } from './stored-table.ts';

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
