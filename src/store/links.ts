/**
 * The links from other contracts' rows to products: which product a certificate or payment means follows from its contract's
 * registry and the product's number there. They are set here, set by set, and not by the fold, because anyone may name a
 * product a million times before it exists. Outside journal and digest.
 */
import type { ClientBase } from 'pg';
import type { ChainTableName } from '../db/ownership.ts';
import type { Uuid } from '../primitives/ids.ts';
import type { TableChanges } from '../projections/rows.ts';
import { arrayLiteral } from './stored-column.ts';
import { storedTable } from './stored-table.ts';

const linkedTables = [
  'nftCertificates',
  'paymentContracts',
  'productCertifications',
  'complianceCheckpoints',
] as const satisfies readonly ChainTableName[];

export interface LinkedProducts {
  /** New products for which rows may be left that wait for them: to be handed to `linkWaiting` in further transactions. */
  readonly unfinished: readonly Uuid[];
}

/**
 * Links what a batch changed: its certificates, payments, certifications and checks to their products, then rows that waited
 * for the batch's new products, at most `limit` of those.
 */
export async function linkProducts(
  client: ClientBase,
  chainId: number,
  changes: readonly TableChanges[],
  limit: number,
): Promise<LinkedProducts> {
  for (const { table, inserted, updated } of changes) {
    if (!isLinked(table)) continue;
    const ids = [...inserted, ...updated].map((row) => row['id'] as Uuid);
    await linkRows(client, chainId, table, ids);
  }
  const products = changes.find(({ table }) => table === 'products')?.inserted ?? [];
  const productIds = products.map((row) => row['id'] as Uuid);
  const areMoreLeft = await linkWaiting(client, chainId, productIds, limit);
  return { unfinished: areMoreLeft ? productIds : [] };
}

/** Links at most `limit` rows that wait for one of these products. Returns whether more may be left. */
export async function linkWaiting(
  client: ClientBase,
  chainId: number,
  productIds: readonly Uuid[],
  limit: number,
): Promise<boolean> {
  if (productIds.length === 0) return false;
  let linked = 0;
  for (const table of linkedTables) {
    const { sqlName } = storedTable(table);
    const { rowCount } = await client.query(
      `update ${sqlName} as linked set product_id = waiting.product_id
       from (
         select row.id, product.id as product_id
         from public.products as product
         join ledger.contracts as contract on contract.chain_id = product.chain_id
           and contract.registry_address = decode(substr(product.smart_contract_address, 3), 'hex')
         join ${sqlName} as row on row.chain_id = product.chain_id
           and row.smart_contract_address = '0x' || encode(contract.address, 'hex')
           and row.chain_product_id = product.product_id
         where product.id = any($1::uuid[]) and product.chain_id = $2 and row.product_id is null
         limit $3
       ) as waiting
       where linked.id = waiting.id`,
      [arrayLiteral(productIds), chainId, limit - linked],
    );
    linked += rowCount ?? 0;
    if (linked >= limit) return true;
  }
  return false;
}

/** Sets the links of these rows as the registry and the product's number have them now. */
async function linkRows(
  client: ClientBase,
  chainId: number,
  table: ChainTableName,
  ids: readonly Uuid[],
): Promise<void> {
  const { sqlName } = storedTable(table);
  await client.query(
    `update ${sqlName} as linked set product_id = product.id
     from ${sqlName} as row
     left join ledger.contracts as contract on contract.chain_id = row.chain_id
       and contract.address = decode(substr(row.smart_contract_address, 3), 'hex')
     left join public.products as product on product.chain_id = row.chain_id
       and product.smart_contract_address = '0x' || encode(contract.registry_address, 'hex')
       and product.product_id = row.chain_product_id
     where row.id = any($1::uuid[]) and row.chain_id = $2 and linked.id = row.id
       and linked.product_id is distinct from product.id`,
    [arrayLiteral(ids), chainId],
  );
}

function isLinked(table: ChainTableName): boolean {
  return (linkedTables as readonly ChainTableName[]).includes(table);
}
