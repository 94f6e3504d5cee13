/**
 * The links from other contracts' rows to products: which product a certificate or payment means follows from its contract's
 * registry and the product's number there. They are set here, set by set, and not by the fold, because anyone may name a
 * product a million times before it exists. Outside journal and digest.
 */
import type { ClientBase } from 'pg';
import { tablesWith, type ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { BatchEffect } from '../projection/fold.ts';
import { arrayLiteral } from './stored-column.ts';
import { storedTable } from './stored-table.ts';

/** The tables whose rows a batch links to products. */
/** The tables whose rows refer to a product. */
export function linkedTables(): readonly ChainTableName[] {
  return tablesWith('link');
}

/** Waiting rows that one transaction links: few enough for it to stay short. */
const stepRows = 5_000;

/**
 * Links what a batch changed: its certificates, payments, certifications and checks to their products, then rows that waited
 * for its new products. Returns the products for which rows are still waiting: hand them to `linkWaiting` in transactions of
 * their own, by a job sent in this one, or their links are lost.
 */
export async function linkBatch(
  client: ClientBase,
  chainId: number,
  { changes }: Pick<BatchEffect, 'changes'>,
): Promise<Uuid[]> {
  for (const { table, inserted, updated } of changes) {
    if (!isLinked(table)) continue;
    const ids = [...inserted, ...updated].map((row) => row['id'] as Uuid);
    await linkRows(client, chainId, table, ids);
  }
  const products = changes.find(({ table }) => table === 'products')?.inserted ?? [];
  return linkWaiting(
    client,
    chainId,
    products.map((row) => row['id'] as Uuid),
  );
}

/** Links at most `limit` rows that wait for one of these products. Returns the products that rows still wait for. */
export async function linkWaiting(
  client: ClientBase,
  chainId: number,
  productIds: readonly Uuid[],
  limit = stepRows,
): Promise<Uuid[]> {
  if (productIds.length === 0) return [];
  let remaining = limit;
  for (const table of linkedTables()) {
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
    linkedTables()
      .map((table) => `select product.id ${waitingFor(storedTable(table).sqlName)}`)
      .join(' union '),
    [arrayLiteral(productIds), chainId],
  );
  return rows.map(({ id }) => id);
}

/** The rows of a table that aren't linked, of the contracts whose registry has one of the products $1 on the chain $2. */
function waitingFor(sqlName: string): string {
  return `from public.products as product
    join ledger.contracts as contract on contract.chain_id = product.chain_id
      and contract.registry_address = decode(substr(product.smart_contract_address, 3), 'hex')
    join ${sqlName} as linkable on linkable.chain_id = product.chain_id
      and linkable.smart_contract_address = '0x' || encode(contract.address, 'hex')
      and linkable.chain_product_id = product.product_id
    where product.id = any($1::uuid[]) and product.chain_id = $2 and linkable.product_id is null`;
}

/** Sets the links of these rows as the registry and the product's number have them now. */
export async function linkRows(
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

function isLinked(table: ChainTableName): boolean {
  return linkedTables().includes(table);
}
