/** Balances below zero: no token has one, so what brought the balance isn't in the ledger, or the contract is no such token. */
import type { ClientBase } from 'pg';
import type { Address } from '../../primitives/hex.ts';

export interface NegativeBalances {
  readonly contract: Address;
  /** How many, of the rows that were looked at. */
  readonly balances: number;
}

/** So many rows are read, for the answer to take no longer than a good second however many holders there are. */
const balancesLookedAt = 1_000_000;

/** By contract, in the order of their addresses; contracts without any are left out. Reads a bounded number of rows. */
export async function negativeBalances(client: ClientBase, chainId: number): Promise<NegativeBalances[]> {
  const { rows } = await client.query<NegativeBalances>(
    `select smart_contract_address as contract, count(*)::float8 as balances
     from (select smart_contract_address, balance from public.token_balances where chain_id = $1 limit $2) as held
     where balance < 0 group by smart_contract_address order by smart_contract_address`,
    [chainId, balancesLookedAt],
  );
  return rows;
}

/** What it means, in a sentence without its end. */
export function negativeBalancesText(count: number): string {
  return `${count} ${count === 1 ? 'balance is' : 'balances are'} below zero: the start block is too late, or this is not this token`;
}
