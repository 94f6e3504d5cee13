/**
 * Partitions: made before they are needed, and taken off when they have outlived their retention. What is taken off stays a
 * table of its own, beside the others, until a person has kept or dropped it: retention never deletes the only copy.
 */
import type { ClientBase } from 'pg';

export interface PartitionRetention {
  /** Null keeps the application's changes for ever. */
  readonly auditRetentionDays: number | null;
  /** Blocks behind the head that the journal is kept for; null keeps it for ever. */
  readonly journalRetentionBlocks: number | null;
}

/** Not an interface: as a type it is a row of a task's result. */
export type PartitionChange = {
  readonly partition: string;
  readonly change: 'made' | 'detached';
};

/** Makes the coming months' partitions, and detaches, without a lock that anybody waits for, what outlived its retention. */
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
  // Outside a transaction, one by one: that is what detaching concurrently demands.
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

/** Of the ledger's tables only the journal: without blocks, logs and reads no row could be made again. */
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
