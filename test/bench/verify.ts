/**
 * Verifies the tables of a finished run against the chain's own model, and against the digest of every
 * earlier run.
 */
import { writeFile } from 'node:fs/promises';
import type { Client } from 'pg';
import { readIfThere } from '../../src/devnet/data-folder/files.ts';
import { digestTables } from '../../src/engine/store/digest.ts';
import type { ChainFacts } from './chain/kept-chain.ts';
import { benchChainId } from './processes/node.ts';
import { withConnection } from './processes/database.ts';

/** Throws an error that names every difference. */
export async function verifyRows(databaseUrl: string, expected: ChainFacts['expected']): Promise<void> {
  await withConnection(databaseUrl, async (client) => {
    const differences = [
      ...(await compareCounts(client, expected)),
      ...(await compareBalances(client, expected.balances)),
    ];
    if (differences.length > 0)
      throw new Error(`the run left other rows than it must:\n${differences.join('\n')}`);
  });
}

async function compareCounts(client: Client, expected: ChainFacts['expected']): Promise<string[]> {
  const counts = {
    'ledger.logs': expected.logs,
    'ledger.quarantine': 0,
    'public.trace_token_transactions': expected.transfers,
    'public.token_balances': expected.balances.length,
    'public.products': expected.products,
    'public.checkpoints': expected.checkpoints,
    'public.nft_certificates': expected.certificates,
  };
  const differences: string[] = [];
  for (const [table, count] of Object.entries(counts)) {
    const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${table}`);
    if (Number(rows[0]?.count) !== count) differences.push(`${table}: ${rows[0]?.count} rows, not ${count}`);
  }
  return differences;
}

async function compareBalances(
  client: Client,
  expected: ChainFacts['expected']['balances'],
): Promise<string[]> {
  const { rows } = await client.query<{ address: string; wei: string }>(
    `select address, (balance * 1e18)::numeric(78, 0) as wei from token_balances`,
  );
  const held = new Map(rows.map(({ address, wei }) => [address, BigInt(wei)]));
  return expected
    .filter(([address, wei]) => held.get(address) !== wei)
    .map(([address, wei]) => `${address} holds ${held.get(address)} wei, not ${wei}`);
}

/**
 * The first run on a chain stores its digest next to the chain, and every later run must have the same one,
 * for any division into batches. After a change of the projection itself, delete the stored digest.
 */
export async function verifyDigest(databaseUrl: string, digestFile: string): Promise<void> {
  await withConnection(databaseUrl, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const { sha256 } = await digestTables(client, benchChainId);
    await client.query('commit');
    const noted = await readIfThere(digestFile);
    if (noted === undefined) await writeFile(digestFile, sha256);
    else if (noted !== sha256)
      throw new Error(`the digest is ${sha256}, that of earlier runs was ${noted} (${digestFile})`);
  });
}
