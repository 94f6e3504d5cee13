/** What only receipts tell of a token movement; filled after finality, outside journal and digest. */
import type { ClientBase } from 'pg';
import { arrayLiteral } from './stored-column.ts';
import type { Hash } from '../../primitives/hex.ts';

/**
 * Sets `gas_used` and `gas_price` of the token movements of these transactions from the receipts that the ledger keeps. Returns how
 * many rows were filled; rows that aren't projected yet are not among them.
 */
export async function fillReceiptFacts(
  client: ClientBase,
  chainId: number,
  transactionHashes: readonly Hash[],
): Promise<number> {
  if (transactionHashes.length === 0) return 0;
  const { rowCount } = await client.query(
    `update public.trace_token_transactions as movement
     set gas_used = receipt.gas_used, gas_price = receipt.effective_gas_price
     from unnest($2::text[]) as wanted (transaction_hash)
     join ledger.receipts as receipt
       on receipt.chain_id = $1 and receipt.transaction_hash = decode(substr(wanted.transaction_hash, 3), 'hex')
     where movement.transaction_hash = wanted.transaction_hash and movement.chain_id = $1
       and movement.block_hash = '0x' || encode(receipt.block_hash, 'hex') and movement.gas_used is null`,
    [chainId, arrayLiteral(transactionHashes)],
  );
  return rowCount ?? 0;
}

/** The same for all movements in blocks after `afterBlock`. */
export async function fillReceiptFactsAfter(
  client: ClientBase,
  chainId: number,
  afterBlock: number,
): Promise<void> {
  await client.query(
    `update public.trace_token_transactions as movement
     set gas_used = receipt.gas_used, gas_price = receipt.effective_gas_price
     from ledger.receipts as receipt
     where receipt.chain_id = $1 and receipt.block_number > $2 and movement.chain_id = $1
       and movement.block_number > $2 and movement.gas_used is null
       and movement.transaction_hash = '0x' || encode(receipt.transaction_hash, 'hex')
       and movement.block_hash = '0x' || encode(receipt.block_hash, 'hex')`,
    [chainId, afterBlock],
  );
}
