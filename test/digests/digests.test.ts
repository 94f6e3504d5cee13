/**
 * The digest of every table of known chains, as recorded in the files beside this one: whatever changes a row, shows. Where a row is meant to
 * change, `npx vitest run --project suite -u test/digests` records the new digests, and the difference says which tables they are of.
 */
import { hash } from 'node:crypto';
import { getTableName } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { createPool } from '../../src/db/client.ts';
import { digestChain, type TableDigest } from '../../src/engine/store/digest.ts';
import { chainTable } from '../../src/engine/tables.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { devnetTables } from '../support/devnet-areas.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import { type RecordedChain, startBenchChain, startDemoChain } from './chains.ts';

const chainId = 31_337;

const devnetNames = new Set<string>([...devnetTables].map((name) => getTableName(chainTable(name).table)));

/** One line per table, as `tracechain digest` prints it. Tables that no contract of these chains fills must be empty, and are left out. */
async function digestsOf(chain: RecordedChain): Promise<string> {
  const database = await createMigratedDatabase();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  const { rpcUrl, contracts, settings } = chain;
  const daemon = startTestDaemon({
    databaseUrl: database.url,
    rpcUrl,
    contracts,
    overrides: { chain: settings },
  });
  try {
    await daemon.projected(chain.head);
    const { tables, rows, sha256 } = await digestChain(pool, chainId);
    expect(sha256).toBe(digestOf(tables));
    const filled = tables.filter(({ table }) => devnetNames.has(table));
    expect(filled.reduce((sum, table) => sum + table.rows, 0)).toBe(rows);
    const lines = filled.map((table) => `${table.table} ${table.rows} ${table.sha256}`);
    return [...lines, `all ${rows} ${digestOf(filled)}`, ''].join('\n');
  } finally {
    await daemon.stop();
    await pool.end();
    await database.drop();
  }
}

/** By the definition in docs/digest.md. */
function digestOf(tables: readonly TableDigest[]): string {
  return hash('sha256', tables.map(({ table, sha256 }) => `${sha256}  ${table}\n`).join(''), 'hex');
}

test('the rows of the demo’s chain are those that were recorded', async () => {
  await using chain = await startDemoChain();
  await expect(await digestsOf(chain)).toMatchFileSnapshot('demo.txt');
});

test.each([
  { kind: 'token', events: 2_000, eventsPerBlock: 50, seed: 1 },
  { kind: 'mixed', events: 1_000, eventsPerBlock: 50, seed: 1 },
  { kind: 'entities', events: 1_000, eventsPerBlock: 250, seed: 1 },
] as const)('the rows of the benchmark’s chain “$kind” are those that were recorded', async (recipe) => {
  await using chain = await startBenchChain(recipe);
  await expect(await digestsOf(chain)).toMatchFileSnapshot(`${recipe.kind}.txt`);
});
