/**
 * Money that left a payment contract without an event of that contract. The token reports every transfer, and
 * in these transactions the payment contract emitted nothing. They date a broken escrow.
 */
import type { ClientBase } from 'pg';
import { decimalToWei, weiToDecimal } from '../../db/codecs.ts';
import { type Address, type Hash, hexToBytes } from '../../primitives/hex.ts';
import type { SilentChange } from '../../engine/audit/expectations/invariants.ts';
import type { StoredAt } from '../../engine/audit/rows/stored-rows.ts';

interface Withdrawal {
  readonly block_number: number;
  readonly block_hash: Hash;
  readonly transaction_hash: Hash;
  readonly log_index: number;
  readonly amount: string;
}

/**
 * Returns the first such withdrawals of a contract; null if no transfer of an indexed token explains the
 * difference. Throws database errors.
 */
export async function findSilentWithdrawals(
  client: ClientBase,
  { chainId, blockNumber }: StoredAt,
  contract: Address,
): Promise<SilentChange | null> {
  const { rows } = await client.query<Withdrawal>(
    `select block_number::float8, block_hash, transaction_hash, log_index, amount::text
     from public.trace_token_transactions as moved
     where chain_id = $1 and from_address = $2 and block_number <= $3 and not exists (
       select from ledger.logs where logs.chain_id = $1 and logs.address = $4
         and logs.transaction_hash = case when moved.transaction_hash ~ $5 then decode(substr(moved.transaction_hash, 3), 'hex') end
         and logs.block_hash = case when moved.block_hash ~ $5 then decode(substr(moved.block_hash, 3), 'hex') end)
     order by moved.block_number, moved.log_index`,
    // A falsified row may hold any text in place of a hash; decoding it would abort the audit.
    [chainId, contract, blockNumber, hexToBytes(contract), '^0x[0-9a-f]{64}$'],
  );
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return null;
  const totalWei = rows.reduce((sum, { amount }) => sum + decimalToWei(amount), 0n);
  const often =
    rows.length === 1 ? '' : `, the last of ${rows.length} times since block ${first.block_number}`;
  return {
    changed: { after: first.block_number - 1, upTo: last.block_number },
    lastLog: {
      blockNumber: last.block_number,
      blockHash: last.block_hash,
      transactionHash: last.transaction_hash,
      logIndex: last.log_index,
    },
    evidence: `the token says that ${weiToDecimal(totalWei)} left the contract, and the contract said nothing of it: transaction ${last.transaction_hash} of block ${last.block_number}${often}`,
  };
}
