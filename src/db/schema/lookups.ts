/** SQL fragments for looking up and labelling rows, shared by several areas' tables. */

/** The rows of products that satisfy a condition over `public.products`. */
export const productsOf = (condition: string): string =>
  `product_id in (select id from public.products where ${condition})`;
/** A product by its batch number. The condition on the prefix comes first, because the prefix is indexed. */
export const batchNumber = 'left(batch_number, 200) = left($1::text, 200) and batch_number = $1::text';
/** The rows of payments with the requested number. */
export const paymentsOf =
  'payment_contract_id in (select id from public.payment_contracts where payment_id = $1::text::numeric)';
/** The rows of certificates with the requested number. */
export const certificatesOf =
  'certificate_id in (select id from public.nft_certificates where token_id = $1::text::numeric)';
/** The rows whose user in this column has the requested wallet. */
export const ofUser = (column: string): string => `${column} = ledger.user_id(lower($1::text))`;

/** Labels of rows that belong to a product, a certificate, a payment or a user. */
export const ofProduct = (what: string): string =>
  `coalesce((select 'product ' || product.product_id || ', ' from public.products as product where product.id = found.product_id), '') || ${what}`;
export const certificate = `(select 'certificate ' || token_id || ' of ' || nft.smart_contract_address from public.nft_certificates as nft where nft.id = found.certificate_id)`;
export const payment = `(select 'payment ' || payment_id || ' of ' || paid.smart_contract_address from public.payment_contracts as paid where paid.id = found.payment_contract_id)`;
/** The wallet address of the user in this column. */
export const walletName = (column: string): string =>
  `(select wallet_address from public.users where users.id = found.${column})`;
