/** The blocks and logs of the chain. They are appended once and never changed. */
import type { ClientBase } from 'pg';
import type { BlockReference, CompletenessLevel, RawLog } from '../rpc/types.ts';
import { copyRows, hexArrayColumn, hexColumn, plainColumn } from '../../db/copy.ts';
import { pipelined } from '../../db/pipeline.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { BlockWithLogs, RecordedRead } from './batch.ts';
import { ensurePartitions } from './partitions.ts';
import { copyReads } from './reads.ts';
import { hexOf } from './sql.ts';

/** A block range with its blocks, logs and recorded reads. */
export interface AppendedBatch {
  readonly chainId: number;
  readonly range: BlockRange;
  /** The completeness level of every block of the range. */
  readonly completeness: CompletenessLevel;
  /** In order. At the level `logs`, blocks without logs may be omitted, except the range's last block. */
  readonly blocks: readonly BlockWithLogs[];
  readonly reads: readonly RecordedRead[];
  /** Blocks that `restoreBlocks` made canonical again: their rows, logs and reads exist already. */
  readonly restored?: ReadonlySet<Hash>;
}

/** The members of a stored header that are needed to find where two branches fork. */
export interface LedgerHeader extends BlockReference {
  readonly parentHash: Hash;
}

/**
 * Appends a range of canonical blocks with their logs and reads, and records its coverage. A block that the ledger has already and that is
 * not in `restored` fails with PostgreSQL's unique_violation.
 */
export async function appendBatch(client: ClientBase, batch: AppendedBatch): Promise<void> {
  const { chainId, range, completeness, restored } = batch;
  checkBlocks(batch);
  await ensurePartitions(client, chainId, range);
  const isNew = ({ hash }: BlockReference): boolean => restored === undefined || !restored.has(hash);
  const blocks = batch.blocks.filter(({ header }) => isNew(header));
  const logs = blocks.flatMap((block) => block.logs);
  const reads = batch.reads.filter(({ block }) => isNew(block));
  await pipelined(client, [
    async () => await copyBlocks(client, chainId, blocks, completeness),
    async () => await copyLogs(client, chainId, logs),
    async () => await copyReads(client, chainId, reads),
    async () => await cover(client, chainId, range, completeness),
  ]);
}

/** Appends blocks without their logs. All of them have the given completeness level. */
export async function copyBlocks(
  client: ClientBase,
  chainId: number,
  blocks: readonly BlockWithLogs[],
  completeness: CompletenessLevel,
): Promise<void> {
  await copyRows(client, 'ledger.blocks', blockColumns(chainId, completeness), blocks);
}

/** Appends logs. The caller appends their blocks in the same transaction. */
export async function copyLogs(client: ClientBase, chainId: number, logs: readonly RawLog[]): Promise<void> {
  await copyRows(client, 'ledger.logs', logColumns(chainId), logs);
}

/** The canonical headers from `fromNumber` on, in order. */
export async function recentHeaders(
  client: ClientBase,
  chainId: number,
  fromNumber: number,
): Promise<LedgerHeader[]> {
  const { rows } = await client.query<{ number: number; hash: Hash; parent_hash: Hash }>(
    `select number::float8, ${hexOf('hash')}, ${hexOf('parent_hash')} from ledger.blocks
     where chain_id = $1 and number >= $2 and is_canonical order by blocks.number`,
    [chainId, fromNumber],
  );
  return rows.map((row) => ({ number: row.number, hash: row.hash, parentHash: row.parent_hash }));
}

/** The canonical block of a number, or null if the ledger has none. */
export async function canonicalBlock(
  client: ClientBase,
  chainId: number,
  number: number,
): Promise<LedgerHeader | null> {
  const { rows } = await client.query<{ hash: Hash; parent_hash: Hash }>(
    `select ${hexOf('hash')}, ${hexOf('parent_hash')} from ledger.blocks
     where chain_id = $1 and number = $2 and is_canonical`,
    [chainId, number],
  );
  const row = rows[0];
  return row === undefined ? null : { number, hash: row.hash, parentHash: row.parent_hash };
}

/** The first canonical block of the ledger in a range, or null if there is none. */
export async function oldestCanonical(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<BlockReference | null> {
  return await endOf(client, chainId, range, 'asc');
}

/** The last canonical block of the ledger in a range, or null if there is none. */
export async function newestCanonical(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<BlockReference | null> {
  return await endOf(client, chainId, range, 'desc');
}

async function endOf(
  client: ClientBase,
  chainId: number,
  { from, to }: BlockRange,
  order: 'asc' | 'desc',
): Promise<BlockReference | null> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `select number::float8, ${hexOf('hash')} from ledger.blocks
     where chain_id = $1 and number between $2 and $3 and is_canonical order by blocks.number ${order} limit 1`,
    [chainId, from, to],
  );
  return rows[0] ?? null;
}

/** The last canonical block of the ledger up to a number. At the level `logs` the ledger does not have every block. */
export async function lastLedgerBlock(
  client: ClientBase,
  chainId: number,
  upTo: number,
): Promise<BlockReference | null> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `select number::float8, ${hexOf('hash')} from ledger.blocks
     where chain_id = $1 and number <= $2 and is_canonical order by blocks.number desc limit 1`,
    [chainId, upTo],
  );
  return rows[0] ?? null;
}

function blockColumns(chainId: number, completeness: CompletenessLevel) {
  return [
    plainColumn<BlockWithLogs>('chain_id', () => chainId),
    plainColumn<BlockWithLogs>('number', ({ header }) => header.number),
    hexColumn<BlockWithLogs>('hash', ({ header }) => header.hash),
    hexColumn<BlockWithLogs>('parent_hash', ({ header }) => header.parentHash),
    plainColumn<BlockWithLogs>('timestamp', ({ header }) => header.timestamp),
    hexColumn<BlockWithLogs>('receipts_root', ({ header }) => header.receiptsRoot),
    hexColumn<BlockWithLogs>('state_root', ({ header }) => header.stateRoot),
    plainColumn<BlockWithLogs>('completeness', () => completeness),
    plainColumn<BlockWithLogs>('log_count', ({ logs }) => logs.length),
  ];
}

function logColumns(chainId: number) {
  return [
    plainColumn<RawLog>('chain_id', () => chainId),
    plainColumn<RawLog>('block_number', (log) => log.blockNumber),
    hexColumn<RawLog>('block_hash', (log) => log.blockHash),
    plainColumn<RawLog>('log_index', (log) => log.logIndex),
    plainColumn<RawLog>('transaction_index', (log) => log.transactionIndex),
    hexColumn<RawLog>('transaction_hash', (log) => log.transactionHash),
    hexColumn<RawLog>('address', (log) => log.address),
    hexArrayColumn<RawLog>('topics', (log) => log.topics),
    hexColumn<RawLog>('data', (log) => log.data),
  ];
}

/** Merges a covered range into the previous one if both have the same level, so that a chain has only a few rows. */
async function cover(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
  completeness: CompletenessLevel,
): Promise<void> {
  await client.query(
    `with extended as (
       update ledger.coverage set to_block = $3
       where chain_id = $1 and to_block = $2::bigint - 1 and completeness = $4 returning 1
     )
     insert into ledger.coverage (chain_id, from_block, to_block, completeness)
     select $1, $2, $3, $4 where not exists (select from extended)`,
    [chainId, range.from, range.to, completeness],
  );
}

function checkBlocks({ chainId, range, blocks }: AppendedBatch): void {
  let previous = range.from - 1;
  for (const { header, logs } of blocks) {
    const place = { chainId, blockNumber: header.number, blockHash: header.hash };
    if (header.number <= previous || header.number > range.to)
      throw new InvariantError(
        `block ${header.number} is out of order in the range ${range.from}–${range.to}`,
        { place },
      );
    if (logs.some((log) => log.blockHash !== header.hash || log.blockNumber !== header.number))
      throw new InvariantError('a log belongs to another block than the one it was passed with', { place });
    previous = header.number;
  }
  if (previous !== range.to)
    throw new InvariantError(
      `the range ${range.from}–${range.to} came without the header of its last block`,
      {
        place: { chainId, blockNumber: range.to },
      },
    );
}
