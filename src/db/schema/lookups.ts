/** Parts of the SQL by which a person finds a row, and by which it is labelled: what several areas' tables say in the same way. */

/** Rows of the products for which a condition over `public.products` holds. */
export const productsOf = (condition: string): string =>
  `product_id in (select id from public.products where ${condition})`;
/** A product by its batch number. The front of it comes first: it has the index. */
export const batchNumber = 'left(batch_number, 200) = left($1::text, 200) and batch_number = $1::text';
/** Rows of the payments with the number that was asked for. */
export const paymentsOf =
  'payment_contract_id in (select id from public.payment_contracts where payment_id = $1::text::numeric)';
/** Rows of the certificates with the number that was asked for. */
export const certificatesOf =
  'certificate_id in (select id from public.nft_certificates where token_id = $1::text::numeric)';
/** Rows whose user in this column has the wallet that was asked for. */
export const ofUser = (column: string): string => `${column} = ledger.user_id(lower($1::text))`;

/** Labels of rows that belong to a product, a certificate, a payment, a user. */
export const ofProduct = (what: string): string =>
  `coalesce((select 'product ' || product.product_id || ', ' from public.products as product where product.id = found.product_id), '') || ${what}`;
export const certificate = `(select 'certificate ' || token_id || ' of ' || nft.smart_contract_address from public.nft_certificates as nft where nft.id = found.certificate_id)`;
export const payment = `(select 'payment ' || payment_id || ' of ' || paid.smart_contract_address from public.payment_contracts as paid where paid.id = found.payment_contract_id)`;
export const walletName = (column: string): string =>
  `(select wallet_address from public.users where users.id = found.${column})`;
