/**
 * The blocks that aren't final yet: their effects are undone before what is final is put right, and folded again on top of it, in the same
 * transaction. What isn't the chain's in their rows is kept, and whether anything became of them that wasn't before can be told.
 */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { BlockReference } from '../rpc/types.ts';
import { ContractSet } from '../contract/contract-set.ts';
import { applicationColumns, chainTableNames, type ChainTableName } from '../tables.ts';
import { readChain } from '../ledger/chains.ts';
import { listContracts } from '../ledger/contracts.ts';
import { loadBatch } from '../ledger/load-batch.ts';
import type { ProjectionSet } from '../projection/fold.ts';
import { projectLedger } from '../projection/project-ledger.ts';
import { wakeQueue } from '../queue/job-queue.ts';
import { linkBatch } from '../store/links.ts';
import { liveRows } from '../store/live-rows.ts';
import { fillReceiptFactsAfter } from '../store/receipts.ts';
import { saveEffect } from '../store/save.ts';
import { storedTable } from '../store/stored-table.ts';
import { undoAfter } from '../store/undo.ts';

const rowsBefore = 'pg_temp.tail_rows';
const journalBefore = 'pg_temp.tail_journal';

export interface Tail {
  readonly chainId: number;
  /** The last block that stays as it is. */
  readonly after: number;
}

/** Takes the tail's effects back, having noted what they were. */
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
      `create temporary table ${keptTable(name).replace('pg_temp.', '')} on commit drop as
       select stored.* from ${storedTable(name).sqlName} as stored
       join ${rowsBefore} as touched on touched.row_id = stored.id where touched.table_id = ${storedTable(name).id}`,
    );
  }
  await undoAfter(client, chainId, after, { rowsMayBeMissing: true });
  // Folding them again opens those that fail again.
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

const mostBlocksAtOnce = 10_000;

/** Folds the ledger's canonical blocks after `after` up to `upTo`; returns the last block that is in the tables then, null for none. */
export async function projectTail(
  client: ClientBase,
  tail: TailProjection,
  upTo: number,
): Promise<BlockReference | null> {
  const { chainId, projections, batchLogs, signal } = tail;
  const contracts = new ContractSet(await listContracts(client, chainId));
  const final = (await readChain(client, chainId))?.final?.number ?? null;
  const bounds = { chainId, upTo, maximumLogs: batchLogs, maximumBlocks: mostBlocksAtOnce };
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
  await giveBackApplicationColumns(client);
  // Blocks may have become final since `after` was chosen, and their receipts have been here.
  await fillReceiptFactsAfter(client, chainId, tail.after);
  await wakeQueue(client, 'confirmation', { chainId });
  return last;
}

/** How many logs of the tail went into quarantine, or out of it. */
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

/** How many rows of the tail are otherwise now than they were, or have another history. */
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

/** Only the fold's own columns come back by folding. */
async function giveBackApplicationColumns(client: ClientBase): Promise<void> {
  for (const name of tablesWithApplicationColumns()) {
    const columns = applicationColumnNames(name).map((column) => escapeIdentifier(column));
    const list = (relation: string): string => columns.map((column) => `${relation}.${column}`).join(', ');
    await client.query(
      `update ${storedTable(name).sqlName} as stored
       set ${columns.map((column) => `${column} = kept.${column}`).join(', ')}
       from ${keptTable(name)} as kept
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

function keptTable(name: ChainTableName): string {
  return `pg_temp.tail_kept_${storedTable(name).id}`;
}
