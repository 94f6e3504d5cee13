/** Rows for tests that need exactly known values, or a million rows. The database generates the same rows every time. */
import type { ClientBase } from 'pg';

/** A table's columns with the SQL expressions of their values in row `n`, starting at 1. */
type Columns = Readonly<Record<string, string>>;

export const generatedInstant = `timestamptz '2024-01-01 00:00Z' + n * interval '37 seconds'`;

export const generatedProvenance: Columns = {
  chain_id: '31337',
  smart_contract_address: `'0x' || repeat('c', 40)`,
  block_number: 'n',
  block_hash: `'0x' || repeat('b', 64)`,
  transaction_hash: `'0x' || md5('transaction ' || n) || md5('of ' || n)`,
  log_index: 'n % 50',
};

/** Fills a table with the rows 1 to `rows`. */
export async function fill(client: ClientBase, table: string, rows: number, columns: Columns): Promise<void> {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  await client.query(
    `insert into ${table} (${names.join(', ')})
     select ${Object.values(columns).join(', ')} from generate_series(1, ${rows}) as n`,
  );
}
