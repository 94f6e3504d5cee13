/**
 * Balances below zero. A token has none, so either the ledger lacks earlier transfers, or the contract is not
 * such a token.
 */
import type { ClientBase } from 'pg';
import type { Address } from '../../primitives/hex.ts';

export interface NegativeBalances {
  readonly contract: Address;
  /** The number of negative balances among the examined rows. */
  readonly balances: number;
}

/** The number of examined rows, which bounds the query to about one second for any number of holders. */
const balancesLookedAt = 1_000_000;

/**
 * Returns the negative balances by contract, ordered by address, without contracts that have none. Reads a
 * bounded number of rows. Throws database errors.
 */
export async function negativeBalances(client: ClientBase, chainId: number): Promise<NegativeBalances[]> {
  const { rows } = await client.query<NegativeBalances>(
    `select smart_contract_address as contract, count(*)::float8 as balances
     from (select smart_contract_address, balance from public.token_balances where chain_id = $1 limit $2) as held
     where balance < 0 group by smart_contract_address order by smart_contract_address`,
    [chainId, balancesLookedAt],
  );
  return rows;
}

/** Returns the explanation as a sentence without its final full stop. */
export function negativeBalancesText(count: number): string {
  return `${count} ${count === 1 ? 'balance is' : 'balances are'} below zero: the start block is too late, or this is not this token`;
}
