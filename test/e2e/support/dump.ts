/** Everything that two databases that followed the same chain must agree on, as text. */
import { Client } from 'pg';
import { publicTables } from './settled.ts';

/** By name, the rows in a fixed order. */
export type Dump = Readonly<Record<string, readonly string[]>>;

/** How long columns that jobs of their own fill may come after the rows. */
const patienceMs = 15_000;
const intervalMs = 100;

/** Dumps a database once finality, receipts and links have caught up with its rows. */
export async function dumpSettled(databaseUrl: string): Promise<Dump> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const deadline = Date.now() + patienceMs;
    while ((await countUnsettled(client)) > 0) {
      if (Date.now() > deadline) throw new Error('finality and receipts never caught up with the rows');
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
    return await dump(client);
  } finally {
    await client.end();
  }
}

async function countUnsettled(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select (select count(*)::int from trace_token_transactions where status = 'pending' or gas_used is null)
          + (select count(*)::int from escrow_transactions where status = 'pending') as count`,
  );
  return rows[0]?.count ?? 0;
}

/** The daemon's own events, `confirmed_at`, `recorded_at` and the sequence's gaps are the daemon's own doings; all else is the chain's. */
async function dump(client: Client): Promise<Dump> {
  const tables = [...publicTables, 'users', 'compliance_standards'].map(
    (table) =>
      [
        table,
        `select (to_jsonb(one) - 'confirmed_at' - 'updated_at')::text as line from "${table}" one
         where coalesce(to_jsonb(one) ->> 'source', 'chain') = 'chain'`,
      ] as const,
  );
  const sources = [
    ...tables,
    [
      'journal',
      `select jsonb_build_array(block_number, table_id, row_id, operation, log_index, cause, generation, before)::text as line
       from ledger.journal`,
    ],
    ['logs', `select (to_jsonb(one))::text as line from ledger.logs one`],
    ['reads', `select (to_jsonb(one))::text as line from ledger.reads one`],
    [
      'quarantine',
      `select jsonb_build_array(block_number, log_index, area, reason)::text as line from ledger.quarantine`,
    ],
  ] as const;
  const lines: Record<string, string[]> = {};
  for (const [name, query] of sources) {
    const { rows } = await client.query<{ line: string }>(query);
    lines[name] = rows.map(({ line }) => line).toSorted();
  }
  return lines;
}

/** How many lines of a table are shown where two dumps differ. */
const linesShown = 3;

/** What one dump has and the other hasn't, table by table; empty where they are the same. */
export function dumpDifferences(actual: Dump, wanted: Dump): string[] {
  return Object.keys({ ...actual, ...wanted }).flatMap((table) => {
    const [ours, theirs] = [new Set(actual[table]), new Set(wanted[table])];
    const added = [...ours].filter((line) => !theirs.has(line)).map((line) => `${table} + ${line}`);
    const lost = [...theirs].filter((line) => !ours.has(line)).map((line) => `${table} - ${line}`);
    return [...added.slice(0, linesShown), ...lost.slice(0, linesShown)];
  });
}
