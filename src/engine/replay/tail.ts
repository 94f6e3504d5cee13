/**
 * The tail: the blocks that are not final. Their changes are undone before the merge and projected again afterwards, in the same
 * transaction. Columns of their rows that the chain does not own are preserved, and differences from the previous rows are counted.
 */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import { ContractSet } from '../contract/contract-set.ts';
import { applicationColumns, chainTableNames, type ChainTableName } from '../tables.ts';
import { readChain } from '../ledger/chains.ts';
import { listContracts } from '../ledger/contracts.ts';
import { loadBatch } from '../ledger/load-batch.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { projectLedger } from '../projection/project-ledger.ts';
import { wakeQueue } from '../queue/job-queue.ts';
import { linkBatch, fillReceiptFactsAfter } from '../store/derived-columns.ts';
import { liveRows } from '../store/load.ts';
import { saveEffect } from '../store/save.ts';
import { storedTable } from '../store/stored-table.ts';
import { undoAfter } from '../store/undo.ts';

const rowsBefore = 'pg_temp.tail_rows';
const journalBefore = 'pg_temp.tail_journal';

export interface Tail {
  readonly chainId: number;
  /** The last block before the tail. */
  readonly after: number;
}

/** Undoes the tail's changes, after copying its rows. */
export async function undoTail(client: ClientBase, { chainId, after }: Tail): Promise<void> {
  await client.query(
    `create temporary table tail_journal on commit drop as
       select table_id, row_id, block_number, operation, log_index, before from ledger.standing_changes
       where chain_id = ${chainId} and block_number > ${after};
     create temporary table tail_rows on commit drop as
       select table_id, row_id, ledger.row_image(table_id, row_id) as image
       from (select distinct table_id, row_id from ${journalBefore}) as touched`,
  );
  for (const name of tablesWithApplicationColumns()) {
    await client.query(
      `create temporary table ${copyTable(name).replace('pg_temp.', '')} on commit drop as
       select stored.* from ${storedTable(name).sqlName} as stored
       join ${rowsBefore} as touched on touched.row_id = stored.id where touched.table_id = ${storedTable(name).id}`,
    );
  }
  await undoAfter(client, chainId, after, { rowsMayBeMissing: true });
  // Projecting the tail again reopens entries that fail again.
  await client.query(
    `create temporary table tail_quarantine on commit drop as
       select block_hash, log_index, reason from ledger.quarantine
       where chain_id = ${chainId} and block_number > ${after} and resolved_at is null`,
  );
  await client.query(
    `update ledger.quarantine set resolved_at = now() where chain_id = $1 and block_number > $2 and resolved_at is null`,
    [chainId, after],
  );
}

export interface TailProjection extends Tail {
  readonly projections: ProjectionSet;
  readonly batchLogs: number;
  readonly signal: AbortSignal;
}

const maximumBlocksPerBatch = 10_000;

/** Projects the ledger's canonical blocks after `after` up to `upTo`. Returns the last projected block, or null if there is none. */
export async function projectTail(
  client: ClientBase,
  tail: TailProjection,
  upTo: number,
): Promise<BlockReference | null> {
  const { chainId, projections, batchLogs, signal } = tail;
  const contracts = new ContractSet(await listContracts(client, chainId));
  const final = (await readChain(client, chainId))?.final?.number ?? null;
  const bounds = { chainId, upTo, maximumLogs: batchLogs, maximumBlocks: maximumBlocksPerBatch };
  const batches = projectLedger({
    read: async (after) => await loadBatch(client, { ...bounds, after }),
    after: tail.after,
    contracts,
    projections,
    rows: liveRows(client, chainId),
    signal,
  });
  let last: BlockReference | null = null;
  for await (const { batch, effect } of batches) {
    await saveEffect(client, { chainId, effect, final });
    const waitedFor = await linkBatch(client, chainId, effect, projections.links);
    if (waitedFor.length > 0) await wakeQueue(client, 'links', { chainId, productIds: waitedFor });
    last = batch.to;
  }
  await restoreApplicationColumns(client);
  // Blocks may have become final since `after` was chosen, and their receipts may be in the ledger.
  await fillReceiptFactsAfter(client, chainId, tail.after);
  await wakeQueue(client, 'confirmation', { chainId });
  return last;
}

/** The number of the tail's logs that went into or out of quarantine. */
export async function countTailQuarantine(client: ClientBase, { chainId, after }: Tail): Promise<number> {
  const { rows } = await client.query<{ differing: number }>(
    `with open as (
       select block_hash, log_index, reason from ledger.quarantine
       where chain_id = $1 and block_number > $2 and resolved_at is null
     )
     select (select count(*) from (select * from open except select * from pg_temp.tail_quarantine) as news)::int
          + (select count(*) from (select * from pg_temp.tail_quarantine except select * from open) as olds)::int as differing`,
    [chainId, after],
  );
  return rows[0]?.differing ?? 0;
}

/** The number of the tail's rows that have changed, or whose history has. */
export async function countTailDifferences(client: ClientBase, { chainId, after }: Tail): Promise<number> {
  const { rows } = await client.query<{ differing: number }>(
    `with standing as (
       select table_id, row_id, block_number, operation, log_index, before from ledger.standing_changes
       where chain_id = $1 and block_number > $2
     ), differing as (
       select table_id, row_id from ${rowsBefore}
       where image is distinct from ledger.row_image(table_id, row_id)
       union
       select table_id, row_id from (select * from standing except select * from ${journalBefore}) as news
       union
       select table_id, row_id from (select * from ${journalBefore} except select * from standing) as olds
     )
     select count(*)::int as differing from differing`,
    [chainId, after],
  );
  return rows[0]?.differing ?? 0;
}

/** Projecting restores only chain-owned columns, so the others are copied back. */
async function restoreApplicationColumns(client: ClientBase): Promise<void> {
  for (const name of tablesWithApplicationColumns()) {
    const columns = applicationColumnNames(name).map((column) => escapeIdentifier(column));
    const list = (relation: string): string => columns.map((column) => `${relation}.${column}`).join(', ');
    await client.query(
      `update ${storedTable(name).sqlName} as stored
       set ${columns.map((column) => `${column} = kept.${column}`).join(', ')}
       from ${copyTable(name)} as kept
       where kept.id = stored.id and (${list('stored')}, null) is distinct from (${list('kept')}, null)`,
    );
  }
}

function tablesWithApplicationColumns(): ChainTableName[] {
  return chainTableNames().filter((name) => applicationColumnNames(name).length > 0);
}

function applicationColumnNames(name: ChainTableName): string[] {
  return Object.values(applicationColumns(name)).map((column) => column.name);
}

function copyTable(name: ChainTableName): string {
  return `pg_temp.tail_kept_${storedTable(name).id}`;
}
