/** Lists a transaction's events, and the rows and columns that each of them set. */
import { getTableName } from 'drizzle-orm';
import type { RawLog } from '../rpc/types.ts';
import { chainTable } from '../tables.ts';
import { readCursor } from '../ledger/cursors.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { TracedChange, TracedEvent } from '../projection/trace.ts';
import { storedTable } from '../store/stored-table.ts';
import { type DescribedEvent, describeEvent, describeLog } from './described-event.ts';
import { type ShownColumnValue, shownValue } from './shown-value.ts';
import { type TraceContext, traceBlock, type TracedBlock } from './trace-block.ts';

export interface SetColumn {
  readonly column: string;
  readonly value: ShownColumnValue;
  readonly isFromRead: boolean;
}

export interface SetRow {
  readonly table: string;
  readonly id: Uuid;
  readonly made: boolean;
  readonly columns: readonly SetColumn[];
}

/** The outcome of a log. */
export type LogOutcome =
  | 'applied'
  /** The log does not decode, or its fold failed. */
  | 'quarantined'
  /** No known ABI has its topic. */
  | 'unknown'
  /** Its block is no longer canonical. */
  | 'orphaned'
  /** Its contract was not indexed in its block. */
  | 'not indexed'
  | 'not projected yet';

export interface TransactionEvent extends DescribedEvent {
  readonly outcome: LogOutcome;
  /** Why the log is in quarantine, or null if it is not. */
  readonly reason: string | null;
  readonly rows: readonly SetRow[];
}

export interface ExplainedTransaction {
  readonly transactionHash: Hash;
  /** In chain order. A transaction that a reorg moved has the events of both blocks. */
  readonly events: readonly TransactionEvent[];
}

/** Explains one transaction, or returns null if the ledger has no log of it. `client` must have a snapshot open, with the time zone UTC. */
export async function explainTransaction(
  context: TraceContext,
  transactionHash: Hash,
): Promise<ExplainedTransaction | null> {
  const logs = await logsOf(context, transactionHash);
  if (logs.length === 0) return null;
  const projected = (await readCursor(context.client, context.chainId, 'projection'))?.number ?? -1;
  const blocks = new Map<number, TracedBlock | null>();
  for (const { log, isCanonical } of logs) {
    if (isCanonical && log.blockNumber <= projected && !blocks.has(log.blockNumber))
      blocks.set(log.blockNumber, await traceBlock(context, log.blockNumber));
  }
  return {
    transactionHash,
    events: logs.map(({ log, isCanonical }) => {
      if (!isCanonical) return without(context, log, 'orphaned');
      if (log.blockNumber > projected) return without(context, log, 'not projected yet');
      return describe(context, log, blocks.get(log.blockNumber) ?? null);
    }),
  };
}

function without(
  { contracts }: TraceContext,
  log: RawLog,
  outcome: LogOutcome,
  reason: string | null = null,
): TransactionEvent {
  return { ...describeLog(log, null, contracts), outcome, reason, rows: [] };
}

function describe(context: TraceContext, log: RawLog, block: TracedBlock | null): TransactionEvent {
  const isThis = (other: { readonly log: RawLog }): boolean => other.log.logIndex === log.logIndex;
  const traced = block?.events.find(({ event }) => isThis(event));
  if (block !== null && traced !== undefined) return applied(block, traced);
  const undecoded = block?.undecoded.find(isThis);
  const timestamp = block?.block.timestamp ?? null;
  if (undecoded !== undefined) {
    const { eventName, error } = undecoded;
    const event = { ...describeLog(log, timestamp, context.contracts), name: eventName };
    return { ...event, outcome: 'quarantined', reason: error.message, rows: [] };
  }
  const outcome = block?.unknown.some(isThis) === true ? 'unknown' : 'not indexed';
  return { ...describeLog(log, timestamp, context.contracts), outcome, reason: null, rows: [] };
}

function applied(block: TracedBlock, { event, failure }: TracedEvent): TransactionEvent {
  const changes = block.events
    .flatMap((traced) => traced.changes)
    .filter(({ logIndex }) => logIndex === event.log.logIndex);
  return {
    ...describeEvent(event, block.readsOf(event)),
    outcome: failure === null ? 'applied' : 'quarantined',
    reason: failure?.message ?? null,
    rows: changes.map(setRow),
  };
}

function setRow({ table, id, made, after, set, fromReads }: TracedChange): SetRow {
  const stored = storedTable(table);
  const columns = set.map((property): SetColumn => {
    const column = stored.column(property);
    const value = shownValue(column.json(after[property] ?? null), column.sqlType);
    return { column: column.name, value, isFromRead: fromReads.has(property) };
  });
  return { table: getTableName(chainTable(table).table), id, made, columns };
}

async function logsOf(
  { client, chainId }: TraceContext,
  transactionHash: Hash,
): Promise<{ readonly log: RawLog; readonly isCanonical: boolean }[]> {
  const { rows } = await client.query<{
    block_number: number;
    block_hash: Buffer;
    log_index: number;
    transaction_index: number;
    address: Buffer;
    topics: readonly string[];
    data: Buffer;
    is_canonical: boolean;
  }>(
    `select logs.block_number::float8, block_hash, log_index, transaction_index, address, data, is_canonical,
            array(select encode(topic, 'hex') from unnest(topics) with ordinality as part (topic, position) order by position) as topics
     from ledger.logs join ledger.blocks
       on blocks.chain_id = logs.chain_id and blocks.number = logs.block_number and blocks.hash = logs.block_hash
     where logs.chain_id = $1 and transaction_hash = decode($2, 'hex')
     order by is_canonical desc, logs.block_number, logs.block_hash, log_index`,
    [chainId, transactionHash.slice(2)],
  );
  const hex = (bytes: Buffer): Hex => `0x${bytes.toString('hex')}`;
  return rows.map((row) => ({
    isCanonical: row.is_canonical,
    log: {
      blockNumber: row.block_number,
      blockHash: hex(row.block_hash) as Hash,
      transactionHash,
      transactionIndex: row.transaction_index,
      logIndex: row.log_index,
      address: hex(row.address) as Address,
      topics: row.topics.map((topic) => `0x${topic}` as Hash),
      data: hex(row.data),
    },
  }));
}
