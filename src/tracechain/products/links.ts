/**
 * The links from other contracts' rows to products. The registry of the row's contract and the product's
 * number in it determine the product.
 */
import type { ClientBase } from 'pg';
import type { Links } from '../../engine/projection/links.ts';
import { arrayLiteral } from '../../engine/store/stored-column.ts';
import { storedTable } from '../../engine/store/stored-table.ts';
import { type ChainTableName, tablesWith } from '../../engine/tables.ts';
import type { Uuid } from '../../primitives/ids.ts';

/** The number of waiting rows that one transaction links: few enough to keep the transaction short. */
const stepRows = 5_000;

export const productLinks: Links = {
  target: 'products',
  tables: () => tablesWith('link'),
  linkRows,
  linkWaiting,
};

/**
 * Links at most `limit` rows that wait for one of these products. Returns the products that rows still wait
 * for.
 */
async function linkWaiting(
  client: ClientBase,
  chainId: number,
  productIds: readonly Uuid[],
  limit = stepRows,
): Promise<Uuid[]> {
  if (productIds.length === 0) return [];
  let remaining = limit;
  for (const table of tablesWith('link')) {
    const { sqlName } = storedTable(table);
    const { rowCount } = await client.query(
      `update ${sqlName} as linked set product_id = waiting.product_id
       from (select linkable.id, product.id as product_id ${waitingFor(sqlName)} limit $3) as waiting
       where linked.id = waiting.id`,
      [arrayLiteral(productIds), chainId, remaining],
    );
    remaining -= rowCount ?? 0;
    if (remaining <= 0) return productsWaitedFor(client, chainId, productIds);
  }
  return [];
}

async function productsWaitedFor(
  client: ClientBase,
  chainId: number,
  productIds: readonly Uuid[],
): Promise<Uuid[]> {
  const { rows } = await client.query<{ id: Uuid }>(
    tablesWith('link')
      .map((table) => `select product.id ${waitingFor(storedTable(table).sqlName)}`)
      .join(' union '),
    [arrayLiteral(productIds), chainId],
  );
  return rows.map(({ id }) => id);
}

/**
 * The unlinked rows of a table, of the contracts whose registry has one of the products $1 on the chain $2.
 */
function waitingFor(sqlName: string): string {
  return `from public.products as product
    join ledger.contracts as contract on contract.chain_id = product.chain_id
      and contract.registry_address = decode(substr(product.smart_contract_address, 3), 'hex')
    join ${sqlName} as linkable on linkable.chain_id = product.chain_id
      and linkable.smart_contract_address = '0x' || encode(contract.address, 'hex')
      and linkable.chain_product_id = product.product_id
    where product.id = any($1::uuid[]) and product.chain_id = $2 and linkable.product_id is null`;
}

/** Sets the links of these rows from the current registry and product number. */
async function linkRows(
  client: ClientBase,
  chainId: number,
  table: ChainTableName,
  ids: readonly Uuid[],
): Promise<void> {
  const { sqlName } = storedTable(table);
  await client.query(
    `update ${sqlName} as linked set product_id = product.id
     from ${sqlName} as linkable
     left join ledger.contracts as contract on contract.chain_id = linkable.chain_id
       and contract.address = decode(substr(linkable.smart_contract_address, 3), 'hex')
     left join public.products as product on product.chain_id = linkable.chain_id
       and product.smart_contract_address = '0x' || encode(contract.registry_address, 'hex')
       and product.product_id = linkable.chain_product_id
     where linkable.id = any($1::uuid[]) and linkable.chain_id = $2 and linked.id = linkable.id
       and linked.product_id is distinct from product.id`,
    [arrayLiteral(ids), chainId],
  );
}
