/**
 * Creates partitions before they are needed, and detaches them when their retention ends. A detached partition remains as an ordinary
 * table until a person archives or drops it: retention never deletes the only copy.
 */
import type { ClientBase } from 'pg';

export interface PartitionRetention {
  /** Null keeps the application's changes for ever. */
  readonly auditRetentionDays: number | null;
  /** The number of blocks behind the head for which the journal is kept; null keeps it for ever. */
  readonly journalRetentionBlocks: number | null;
}

/** A type alias and not an interface, so that it is assignable to a row of a task's result. */
export type PartitionChange = {
  readonly partition: string;
  readonly change: 'made' | 'detached';
};

/** Creates the partitions of the coming months, and detaches those past their retention, without a blocking lock. */
export async function maintainPartitions(
  client: ClientBase,
  retention: PartitionRetention,
): Promise<PartitionChange[]> {
  const before = await changePartitions(client);
  await client.query('select ledger.ensure_change_partitions()');
  const made = (await changePartitions(client)).filter((name) => !before.includes(name));
  const detachable = [
    ...(await detachableChanges(client, retention.auditRetentionDays)),
    ...(await detachableJournal(client, retention.journalRetentionBlocks)),
  ];
  // Outside a transaction, one by one, as concurrent detaching requires.
  for (const { statement } of detachable) await client.query(statement);
  return [
    ...made.map((partition) => ({ partition, change: 'made' as const })),
    ...detachable.map(({ partition }) => ({ partition, change: 'detached' as const })),
  ];
}

async function changePartitions(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'ledger.application_changes'::regclass`,
  );
  return rows.map(({ name }) => name);
}

interface Detachable {
  readonly partition: string;
  readonly statement: string;
}

async function detachableChanges(client: ClientBase, retentionDays: number | null): Promise<Detachable[]> {
  if (retentionDays === null) return [];
  const { rows } = await client.query<Detachable>(
    `select 'ledger.' || partition_name as partition, statement
     from ledger.detachable_change_partitions(now() - make_interval(days => $1))`,
    [retentionDays],
  );
  return rows;
}

/** Of the ledger's tables, only the journal has a retention: blocks, logs and reads are needed to rebuild rows. */
async function detachableJournal(client: ClientBase, retentionBlocks: number | null): Promise<Detachable[]> {
  if (retentionBlocks === null) return [];
  const { rows } = await client.query<Detachable>(
    `select 'ledger.' || partition_name as partition, statement
     from ledger.chains as chain, ledger.detachable_partitions(chain.chain_id, chain.head_number - $1::bigint)
     where table_name = 'journal'`,
    [retentionBlocks],
  );
  return rows;
}
