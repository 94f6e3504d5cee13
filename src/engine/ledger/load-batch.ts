/** Loads a run of canonical blocks from the ledger, as the input of the fold. */
import type { ClientBase } from 'pg';
import type { RawLog, ReadResult } from '../rpc/types.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { BatchBlock, BlockBatch } from '../contract/decode-batch.ts';
import type { RequestKey } from './batch.ts';
import { loadObservations } from './observations.ts';
import { loadReads } from './reads.ts';
import { hexOf } from './sql.ts';

export interface BatchBounds {
  readonly chainId: number;
  /** The last projected block; -1 before the first. */
  readonly after: number;
  /** The last block of the ingest cursor. */
  readonly upTo: number;
  /** A batch contains whole blocks, so a single block may exceed this limit. */
  readonly maximumLogs: number;
  /** The limit counts blocks that have a row in the ledger. */
  readonly maximumBlocks: number;
  /**
   * Called for a block whose number of logs differs from that at ingestion; loading continues with the existing logs. Without a callback,
   * the difference throws an InvariantError.
   */
  readonly onMiscounted?: (block: MiscountedBlock) => void;
}

export interface MiscountedBlock {
  readonly number: number;
  readonly hash: Hash;
  readonly logCount: number;
  /** The number of logs in the ledger. */
  readonly held: number;
}

/** Returns the logs of a block from memory, or undefined if only the ledger has them. */
export type LogsInMemory = (blockHash: Hash) => readonly RawLog[] | undefined;

/** The blocks that follow `after`, as many as the limits allow. Null if `after` is the last. */
export async function loadBatch(
  client: ClientBase,
  bounds: BatchBounds,
  inMemory: LogsInMemory = () => undefined,
): Promise<BlockBatch | null> {
  const { chainId, after, upTo } = bounds;
  if (after >= upTo) return null;
  const headers = await loadHeaders(client, bounds);
  const to = headers.at(-1);
  if (to === undefined)
    throw new InvariantError('the ingest cursor is past the blocks that the ledger holds', {
      place: { chainId, blockNumber: upTo },
    });
  const range = { from: after + 1, to: to.number };
  const logs = logsInMemory(headers, inMemory) ?? (await loadLogs(client, chainId, range));
  const recordedReads = await loadReads(client, chainId, range);
  const observed = await loadObservations(client, chainId, range);
  const blocks: BatchBlock[] = [];
  const reads = new Map<Hash, ReadonlyMap<RequestKey, ReadResult>>();
  for (const { logCount, ...header } of headers) {
    const own = logs.get(header.hash) ?? [];
    if (own.length !== logCount && bounds.onMiscounted !== undefined)
      bounds.onMiscounted({ number: header.number, hash: header.hash, logCount, held: own.length });
    else if (own.length !== logCount)
      throw new InvariantError(`the ledger holds ${own.length} of the block's ${logCount} logs`, {
        place: { chainId, blockNumber: header.number, blockHash: header.hash },
      });
    const observations = observed.get(header.hash);
    if (observations !== undefined) blocks.push({ ...header, logs: own, observations });
    else if (logCount > 0) blocks.push({ ...header, logs: own });
    const ownReads = recordedReads.get(header.hash);
    if (ownReads !== undefined) reads.set(header.hash, ownReads);
  }
  return { chainId, from: range.from, to: { number: to.number, hash: to.hash }, blocks, reads };
}

/** Null unless memory has all logs of these blocks: the backfill of an added contract may have added logs to the ledger. */
function logsInMemory(
  headers: readonly CountedHeader[],
  inMemory: LogsInMemory,
): Map<Hash, readonly RawLog[]> | null {
  const logs = new Map<Hash, readonly RawLog[]>();
  for (const { hash, logCount } of headers) {
    if (logCount === 0) continue;
    const ofBlock = inMemory(hash);
    if (ofBlock?.length !== logCount) return null;
    logs.set(hash, ofBlock);
  }
  return logs;
}

interface CountedHeader extends Omit<BatchBlock, 'logs'> {
  readonly logCount: number;
}

/** The headers of the blocks that have logs, and of the last block. The fold needs no others. */
async function loadHeaders(client: ClientBase, bounds: BatchBounds): Promise<CountedHeader[]> {
  const { rows } = await client.query<{
    number: number;
    hash: Hash;
    timestamp: string;
    log_count: number;
  }>(
    `with candidate as (
       select number, hash, "timestamp", log_count,
              row_number() over running as position, sum(log_count) over running as logs_so_far
       from ledger.blocks
       where chain_id = $1 and is_canonical and number > $2 and number <= $3
       window running as (order by number rows unbounded preceding)
       order by number limit $5
     ), taken as (
       select * from candidate where logs_so_far <= $4 or position = 1
     )
     select number::float8, ${hexOf('hash')}, "timestamp"::text, log_count
     from taken
     where log_count > 0 or number = (select max(number) from taken)
       or exists (select from ledger.observations
                  where chain_id = $1 and block_number = taken.number and block_hash = taken.hash)
     order by taken.number`,
    [bounds.chainId, bounds.after, bounds.upTo, bounds.maximumLogs, bounds.maximumBlocks],
  );
  return rows.map((row) => ({
    number: row.number,
    hash: row.hash,
    timestamp: BigInt(row.timestamp),
    logCount: row.log_count,
  }));
}

interface LogSqlRow {
  block_number: number;
  block_hash: Hash;
  log_index: number;
  transaction_index: number;
  transaction_hash: Hash;
  address: Address;
  topic0: Hash | null;
  topic1: Hash | null;
  topic2: Hash | null;
  topic3: Hash | null;
  data: Hex;
}

/** The logs of a range, including those of orphaned blocks, by block hash and in log order. */
export async function loadLogs(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<Map<Hash, RawLog[]>> {
  // Each topic is selected separately, because an array would have to be parsed from its text.
  const { rows } = await client.query<LogSqlRow>(
    `select block_number::float8, ${hexOf('block_hash')}, log_index, transaction_index,
            ${hexOf('transaction_hash')}, ${hexOf('address')}, ${hexOf('data')},
            '0x' || encode(topics[1], 'hex') as topic0, '0x' || encode(topics[2], 'hex') as topic1,
            '0x' || encode(topics[3], 'hex') as topic2, '0x' || encode(topics[4], 'hex') as topic3
     from ledger.logs where chain_id = $1 and block_number between $2 and $3
     order by logs.block_number, logs.block_hash, log_index`,
    [chainId, range.from, range.to],
  );
  const logs = new Map<Hash, RawLog[]>();
  for (const row of rows) {
    let ofBlock = logs.get(row.block_hash);
    if (ofBlock === undefined) logs.set(row.block_hash, (ofBlock = []));
    ofBlock.push({
      blockNumber: row.block_number,
      blockHash: row.block_hash,
      transactionHash: row.transaction_hash,
      transactionIndex: row.transaction_index,
      logIndex: row.log_index,
      address: row.address,
      topics: [row.topic0, row.topic1, row.topic2, row.topic3].filter((topic) => topic !== null),
      data: row.data,
    });
  }
  return logs;
}
