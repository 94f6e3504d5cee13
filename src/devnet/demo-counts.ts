/** The demo's counts: the node's logs, and the logs and rows in the database. */
import { getTableName } from 'drizzle-orm';
import type { Pool, PoolClient } from 'pg';
import { withTransaction } from '../db/client.ts';
import { chainTable, chainTableNames } from '../engine/tables.ts';
import type { Devnet } from './devnet.ts';

export interface ProjectedCounts {
  /** Number of distinct logs that took effect. */
  readonly projectedEvents: number;
  readonly quarantined: number;
  /** Rows of every chain-derived table. */
  readonly tables: Readonly<Record<string, number>>;
}

/** Counts all logs of the devnet's contracts at the node, including those of the factories' children. */
export async function countChainEvents({ client, scene }: Devnet): Promise<number> {
  const address = scene.world.contracts.list.map((contract) => contract.address);
  const logs = await client.getLogs({ address, fromBlock: 0n });
  return logs.length;
}

/** Counts in one snapshot. */
export async function countProjected(pool: Pool, chainId: number): Promise<ProjectedCounts> {
  return withTransaction(
    pool,
    async (client) => {
      const events = await countEvents(client, chainId);
      const tables: Record<string, number> = {};
      for (const name of chainTableNames()) {
        const table = getTableName(chainTable(name).table);
        tables[table] = await countRows(client, table);
      }
      return { ...events, tables };
    },
    { isolation: 'repeatable read', isReadOnly: true },
  );
}

/**
 * A log took effect if it is canonical, at or below the projection's cursor, not in quarantine, and its topic is in its contract's
 * ABI.
 */
const eventsQuery = `
  with cursor as (
    select block_number from ledger.cursors where chain_id = $1 and stream = 'projection'
  )
  select
    (select count(*)
       from ledger.logs
       join ledger.blocks on blocks.chain_id = logs.chain_id and blocks.number = logs.block_number
                         and blocks.hash = logs.block_hash
       join cursor on logs.block_number <= cursor.block_number
      where logs.chain_id = $1 and blocks.is_canonical) as logs,
    (select count(*) from ledger.quarantine where chain_id = $1 and resolved_at is null) as quarantined,
    (select coalesce(sum(count), 0) from ledger.unknown_topics where chain_id = $1) as unknown`;

async function countEvents(
  client: PoolClient,
  chainId: number,
): Promise<Pick<ProjectedCounts, 'projectedEvents' | 'quarantined'>> {
  const { rows } = await client.query<Record<'logs' | 'quarantined' | 'unknown', string>>(eventsQuery, [
    chainId,
  ]);
  const [row] = rows;
  const quarantined = Number(row?.quarantined ?? 0);
  return {
    projectedEvents: Number(row?.logs ?? 0) - quarantined - Number(row?.unknown ?? 0),
    quarantined,
  };
}

async function countRows(client: PoolClient, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from public.${client.escapeIdentifier(table)}`,
  );
  return Number(rows[0]?.count ?? 0);
}
