/** What the tables come to, contract by contract, as of the audited block. */
import type { ClientBase } from 'pg';
import { decimalToWei } from '../db/codecs.ts';
import type { ChainTableName } from '../db/ownership.ts';
import type { Address } from '../primitives/hex.ts';
import { asOfRelation } from '../store/as-of.ts';
import { storedTable } from '../store/stored-table.ts';
import type { TableSums } from './invariants.ts';
import type { StoredAt } from './stored-rows.ts';

interface SumRow {
  readonly address: Address;
  readonly amount: string;
}

export async function readTableSums(client: ClientBase, at: StoredAt): Promise<TableSums> {
  const source = (table: ChainTableName): string =>
    at.isLive ? storedTable(table).sqlName : asOfRelation(table, at);
  const ask = async (statement: string): Promise<Map<Address, string>> => {
    const { rows } = await client.query<SumRow>(statement, [at.chainId]);
    return new Map(rows.map(({ address, amount }) => [address, amount]));
  };
  const balances = await ask(
    `select smart_contract_address as address, sum(balance)::text as amount
     from ${source('tokenBalances')} as held where chain_id = $1 group by smart_contract_address`,
  );
  const negative = await ask(
    `select smart_contract_address as address, count(*)::text as amount
     from ${source('tokenBalances')} as held where chain_id = $1 and balance < 0 group by smart_contract_address`,
  );
  const owed = await ask(
    `select payment.smart_contract_address as address,
            sum(greatest(coalesce(payment.amount, 0) + coalesce(payment.fee_amount, 0) - coalesce(paid.amount, 0), 0))::text as amount
     from ${source('paymentContracts')} as payment
     left join (
       select payment_contract_id, sum(amount) as amount from ${source('escrowTransactions')} as movement
       where kind <> 'deposit' group by payment_contract_id
     ) as paid on paid.payment_contract_id = payment.id
     where payment.chain_id = $1 and payment.status = 'pending' group by payment.smart_contract_address`,
  );
  const ownerless = await ask(
    `select certificate.smart_contract_address as address, count(*)::text as amount
     from ${source('nftCertificates')} as certificate
     left join public.users on users.id = certificate.owner_id
     where certificate.chain_id = $1 and certificate.owner_id is not null and users.id is null
     group by certificate.smart_contract_address`,
  );
  return {
    balancesWei: inWei(balances),
    heldWei: inWei(owed),
    negativeBalances: asCounts(negative),
    ownerless: asCounts(ownerless),
  };
}

function asCounts(counts: ReadonlyMap<Address, string>): Map<Address, number> {
  return new Map(Array.from(counts, ([address, count]) => [address, Number(count)]));
}

function inWei(amounts: ReadonlyMap<Address, string>): Map<Address, bigint> {
  return new Map(Array.from(amounts, ([address, amount]) => [address, decimalToWei(amount)]));
}
