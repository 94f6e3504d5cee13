/** Updates the data that depends on merged rows: links, receipt facts, the quarantine, stale marks, and the record of the replay. */
import type { ClientBase } from 'pg';
import { addStandards, addUsers } from '../store/shared-rows.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { Area } from '../projection/projection.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { wakeQueue } from '../queue/job-queue.ts';
import type { Links } from '../projection/links.ts';
import { storedTable } from '../store/stored-table.ts';
import { tablesWith } from '../tables.ts';
import { differences } from './compare.ts';
import type { TableDifference } from './difference.ts';
import { replayed } from './shadow.ts';

const rowsAtOnce = 5_000;

/** Inserts users and standards that the fold needs and that do not exist yet. */
export async function addSharedRows(client: ClientBase): Promise<void> {
  const users = await client.query<{ wallet: Address; first_seen_at: string }>(
    `select wallet, extract(epoch from first_seen_at)::bigint::text as first_seen_at from ${replayed.users} order by wallet`,
  );
  await addUsers(
    client,
    users.rows.map((row) => ({ wallet: row.wallet, firstSeenAt: BigInt(row.first_seen_at) })),
  );
  const standards = await client.query<{ spelling: string; first_seen_at: string }>(
    `select spelling, extract(epoch from min(first_seen_at))::bigint::text as first_seen_at
     from ${replayed.standards} group by spelling`,
  );
  await addStandards(
    client,
    standards.rows.map((row) => ({ spelling: row.spelling, firstSeenAt: BigInt(row.first_seen_at) })),
  );
}

/** Derives the links of added and changed rows, and the links to added and changed targets. */
export async function linkMerged(client: ClientBase, chainId: number, links: Links | null): Promise<void> {
  if (links === null) return;
  for (const table of links.tables()) {
    for await (const ids of idPages(client, storedTable(table).id))
      await links.linkRows(client, chainId, table, ids);
  }
  for await (const ids of idPages(client, storedTable(links.target).id)) {
    const waitedFor = await links.linkWaiting(client, chainId, ids);
    if (waitedFor.length > 0) await wakeQueue(client, 'links', { chainId, productIds: waitedFor });
  }
}

async function* idPages(client: ClientBase, tableId: number): AsyncGenerator<Uuid[]> {
  let after: Uuid | null = null;
  for (;;) {
    const { rows }: { rows: { row_id: Uuid }[] } = await client.query<{ row_id: Uuid }>(
      `select row_id from ${differences}
       where table_id = $1 and (action in ('A', 'C') or is_replaced) and action <> 'R' and ($2::uuid is null or row_id > $2)
       order by row_id limit $3`,
      [tableId, after, rowsAtOnce],
    );
    if (rows.length === 0) return;
    yield rows.map((row) => row.row_id);
    after = rows.at(-1)?.row_id ?? null;
  }
}

/** The gas of rows that were added, if the ledger has the receipts of their transactions. */
export async function fillMergedReceiptFacts(client: ClientBase, chainId: number): Promise<void> {
  for (const { id, sqlName } of tablesWith('receipt').map(storedTable)) {
    await client.query(
      `update ${sqlName} as stored
       set gas_used = receipt.gas_used, gas_price = receipt.effective_gas_price
       from ${differences} as different, ledger.receipts as receipt
       where different.table_id = $2 and different.action = 'A' and stored.id = different.row_id
         and receipt.chain_id = $1 and receipt.transaction_hash = decode(substr(stored.transaction_hash, 3), 'hex')
         and receipt.block_hash = decode(substr(stored.block_hash, 3), 'hex')`,
      [chainId, id],
    );
  }
}

export interface QuarantineRange {
  readonly chainId: number;
  readonly from: number;
  readonly to: number;
  readonly areas: readonly Area[];
}

/**
 * Reconciles the quarantine with the replay: resolves logs that took effect, and adds logs that failed. Affects only events that these
 * areas handle; undecodable logs belong to all areas.
 */
export async function reconcileQuarantine(
  client: ClientBase,
  { chainId, from, to, areas }: QuarantineRange,
  projections: ProjectionSet,
): Promise<{ readonly resolved: number; readonly quarantined: number }> {
  const isWhole = projections.projections.every(({ area }) => areas.includes(area));
  const events = projections.projections
    .filter(({ area }) => areas.includes(area))
    .flatMap(({ handlers }) => handlers.map(({ kind, name }) => `${kind}.${name}`));
  const concerned = `($4 or exists (
    select from ledger.contracts as contract where contract.chain_id = $1 and contract.address = entry.address
      and contract.kind || '.' || entry.event_name = any($5::text[])))`;
  const parameters = [chainId, from, to, isWhole, events];
  const resolved = await client.query(
    `update ledger.quarantine as entry set resolved_at = now()
     where chain_id = $1 and block_number between $2 and $3 and resolved_at is null and ${concerned}
       and not exists (select from ${replayed.quarantine} as failed
                       where failed.block_hash = entry.block_hash and failed.log_index = entry.log_index)`,
    parameters,
  );
  const quarantined = await client.query(
    `insert into ledger.quarantine as known (chain_id, block_number, block_hash, log_index, transaction_hash, address,
                                             area, stage, error_code, reason, event_name)
     select chain_id, block_number, block_hash, log_index, transaction_hash, address, area, stage, error_code, reason, event_name
     from ${replayed.quarantine} as entry
     where chain_id = $1 and block_number between $2 and $3 and ${concerned}
     on conflict (chain_id, block_hash, log_index) do update set
       area = excluded.area, stage = excluded.stage, error_code = excluded.error_code, reason = excluded.reason,
       event_name = excluded.event_name, resolved_at = null
     where known.resolved_at is not null or (known.area, known.stage, known.error_code, known.reason)
       is distinct from (excluded.area, excluded.stage, excluded.error_code, excluded.reason)`,
    parameters,
  );
  return { resolved: resolved.rowCount ?? 0, quarantined: quarantined.rowCount ?? 0 };
}

/** The next generation of a chain's replays. */
export async function nextGeneration(client: ClientBase, chainId: number): Promise<number> {
  const { rows } = await client.query<{ next: number }>(
    'select coalesce(max(generation), 0) + 1 as next from ledger.replays where chain_id = $1',
    [chainId],
  );
  return rows[0]?.next ?? 1;
}

export interface ReplayRecord extends QuarantineRange {
  readonly generation: number;
  readonly changes: readonly TableDifference[];
}

/** Records a replay that changed rows. */
export async function recordReplay(client: ClientBase, record: ReplayRecord): Promise<void> {
  const changes = Object.fromEntries(
    record.changes.map(({ table, added, changed, removed, onlyHistory }) => [
      table,
      { added, changed, removed, onlyHistory },
    ]),
  );
  await client.query(
    `insert into ledger.replays (chain_id, generation, areas, from_block, to_block, changes)
     values ($1, $2, $3, $4, $5, $6::jsonb)`,
    [
      record.chainId,
      record.generation,
      record.areas,
      record.from,
      Math.max(record.to, 0),
      JSON.stringify(changes),
    ],
  );
}
