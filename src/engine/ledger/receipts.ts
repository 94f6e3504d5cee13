/** Facts from transaction receipts, fetched once their block is final. */
import type { ClientBase } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import { type Address, type Hash, hexToBytes } from '../../primitives/hex.ts';
import { hexOf } from './sql.ts';

export interface ReceiptFacts {
  readonly block: BlockReference;
  readonly transactionHash: Hash;
  readonly gasUsed: bigint;
  /** Wei per gas, or null if the chain does not report it. */
  readonly effectiveGasPrice: bigint | null;
}

/** Stores facts from receipts. Existing facts are unchanged. */
export async function appendReceiptFacts(
  client: ClientBase,
  chainId: number,
  facts: readonly ReceiptFacts[],
): Promise<void> {
  if (facts.length === 0) return;
  await client.query(
    `insert into ledger.receipts
       (chain_id, block_number, block_hash, transaction_hash, gas_used, effective_gas_price)
     select $1, * from unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::numeric[], $6::numeric[])
     on conflict do nothing`,
    [
      chainId,
      facts.map(({ block }) => block.number),
      facts.map(({ block }) => hexToBytes(block.hash)),
      facts.map(({ transactionHash }) => hexToBytes(transactionHash)),
      facts.map(({ gasUsed }) => gasUsed.toString()),
      facts.map(({ effectiveGasPrice }) => effectiveGasPrice?.toString() ?? null),
    ],
  );
}

export interface MissingReceipts {
  readonly block: BlockReference;
  readonly transactionHashes: readonly Hash[];
}

export interface MissingReceiptsBounds {
  /** Restricts the result to transactions in which one of these contracts emitted a log. */
  readonly contracts: readonly Address[];
  /** The last processed block; -1 before the first. */
  readonly after: number;
  /** The last block to search: a final one. */
  readonly upTo: number;
  /** The maximum number of transactions. The result contains whole blocks, so the last block may exceed it. */
  readonly limit: number;
}

/** The transactions of canonical blocks whose receipt facts the ledger does not have yet, by block and in order. */
export async function transactionsWithoutReceipts(
  client: ClientBase,
  chainId: number,
  bounds: MissingReceiptsBounds,
): Promise<MissingReceipts[]> {
  const { rows } = await client.query<{ block_number: number; block_hash: Hash; transaction_hash: Hash }>(
    `select block_number::float8, ${hexOf('block_hash')}, ${hexOf('transaction_hash')}
     from (
       select distinct block_number, block_hash, transaction_hash
       from ledger.logs
       join ledger.blocks on blocks.chain_id = logs.chain_id and number = block_number and hash = block_hash
       where logs.chain_id = $1 and block_number > $2 and block_number <= $3 and is_canonical
         and address = any($4::bytea[])
         and not exists (select from ledger.receipts where receipts.chain_id = logs.chain_id
                         and receipts.transaction_hash = logs.transaction_hash
                         and receipts.block_hash = logs.block_hash)
       order by block_number
       fetch first $5 rows with ties
     ) as missing
     order by missing.block_number`,
    [
      chainId,
      bounds.after,
      bounds.upTo,
      bounds.contracts.map((address) => hexToBytes(address)),
      bounds.limit,
    ],
  );
  const blocks = new Map<Hash, { block: BlockReference; transactionHashes: Hash[] }>();
  for (const row of rows) {
    let missing = blocks.get(row.block_hash);
    if (missing === undefined) {
      missing = { block: { number: row.block_number, hash: row.block_hash }, transactionHashes: [] };
      blocks.set(row.block_hash, missing);
    }
    missing.transactionHashes.push(row.transaction_hash);
  }
  return [...blocks.values()];
}
