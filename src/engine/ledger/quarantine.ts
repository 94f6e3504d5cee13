/** The quarantine: logs without effect, each with the reason. */
import type { ClientBase } from 'pg';
import type { RawLog } from '../rpc/types.ts';
import { type Address, type Hash, hexToBytes } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { storable } from '../../primitives/text.ts';
import { hexOf } from './sql.ts';

/** A log that failed to decode or to fold. */
export interface FailedLog {
  readonly log: RawLog;
  readonly eventName: string | null;
  readonly stage: 'decode' | 'fold';
  /** The area whose projection failed, or null if the log reached none. */
  readonly area: string | null;
  readonly error: Error;
}

export interface QuarantineEntry {
  readonly id: Uuid;
  readonly blockNumber: number;
  readonly blockHash: Hash;
  readonly logIndex: number;
  readonly transactionHash: Hash;
  readonly address: Address;
  readonly area: string | null;
  readonly stage: 'decode' | 'fold';
  readonly errorCode: string;
  readonly reason: string;
  readonly eventName: string | null;
  readonly createdAt: Date;
  /** Null while the entry is open. */
  readonly resolvedAt: Date | null;
}

/** Errors quote text from contracts, which may be long. */
const longestReason = 2_000;

/** Adds logs to the quarantine, or to a `relation` with the same columns. An existing entry is reopened with the new reason. */
export async function addQuarantined(
  client: ClientBase,
  chainId: number,
  failures: readonly FailedLog[],
  relation = 'ledger.quarantine',
): Promise<void> {
  if (failures.length === 0) return;
  await client.query(
    `insert into ${relation} (chain_id, block_number, block_hash, log_index, transaction_hash, address,
                                    area, stage, error_code, reason, event_name)
     select $1, * from unnest($2::bigint[], $3::bytea[], $4::int[], $5::bytea[], $6::bytea[],
                              $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
     on conflict (chain_id, block_hash, log_index) do update set
       area = excluded.area, stage = excluded.stage, error_code = excluded.error_code,
       reason = excluded.reason, event_name = excluded.event_name, resolved_at = null`,
    [
      chainId,
      failures.map(({ log }) => log.blockNumber),
      failures.map(({ log }) => hexToBytes(log.blockHash)),
      failures.map(({ log }) => log.logIndex),
      failures.map(({ log }) => hexToBytes(log.transactionHash)),
      failures.map(({ log }) => hexToBytes(log.address)),
      failures.map(({ area }) => area ?? ''),
      failures.map(({ stage }) => stage),
      failures.map(({ error }) => codeOf(error)),
      failures.map(({ error }) => storable(error.message.slice(0, longestReason)).text),
      failures.map(({ eventName }) => eventName && storable(eventName).text),
    ],
  );
}

/** The open entries of the quarantine, in chain order. */
export async function listQuarantined(
  client: ClientBase,
  chainId: number,
  limit: number,
): Promise<QuarantineEntry[]> {
  const { rows } = await client.query<QuarantineSqlRow>(
    `select ${entryColumns} from ledger.quarantine where chain_id = $1 and resolved_at is null
     order by quarantine.block_number, log_index limit $2`,
    [chainId, limit],
  );
  return rows.map(entryOf);
}

/** These entries, including resolved ones, in chain order. Missing entries are omitted. */
export async function readQuarantined(
  client: ClientBase,
  chainId: number,
  ids: readonly Uuid[],
): Promise<QuarantineEntry[]> {
  const { rows } = await client.query<QuarantineSqlRow>(
    `select ${entryColumns} from ledger.quarantine where chain_id = $1 and id = any($2::uuid[])
     order by quarantine.block_number, log_index`,
    [chainId, ids],
  );
  return rows.map(entryOf);
}

const entryColumns = `id, block_number::float8, ${hexOf('block_hash')}, log_index, ${hexOf('transaction_hash')},
  ${hexOf('address')}, area, stage, error_code, reason, event_name, created_at, resolved_at`;

interface QuarantineSqlRow {
  id: Uuid;
  block_number: number;
  block_hash: Hash;
  log_index: number;
  transaction_hash: Hash;
  address: Address;
  area: string;
  stage: 'decode' | 'fold';
  error_code: string;
  reason: string;
  event_name: string | null;
  created_at: Date;
  resolved_at: Date | null;
}

function entryOf(row: QuarantineSqlRow): QuarantineEntry {
  return {
    id: row.id,
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    logIndex: row.log_index,
    transactionHash: row.transaction_hash,
    address: row.address,
    area: row.area === '' ? null : row.area,
    stage: row.stage,
    errorCode: row.error_code,
    reason: row.reason,
    eventName: row.event_name,
    createdAt: row.created_at,
    resolvedAt: row.resolved_at,
  };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
