/**
 * Stores audits and their findings in the ledger. Findings are never deleted. A finding is closed by an audit of the same subject, at the
 * same or a later block, that no longer finds it.
 */
import { hash } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { CannotRunError, required } from '../../../primitives/errors.ts';
import { type Address, type Hash, type Hex, hexToBytes } from '../../../primitives/hex.ts';
import type { AuditResult, Finding } from './result.ts';

/** The last clean audit of all areas, from which an incremental one can continue. */
export interface CleanAudit {
  readonly block: number;
  /** The sample that the last audit read, or null if it read none. */
  readonly sampleRound: number | null;
}

/**
 * The audit of all areas with the highest block. Null if there is none, if it or a later audit has an open finding, or if the chain of
 * audits that it continues does not start with a full one.
 */
export async function lastCleanAudit(client: ClientBase, chainId: number): Promise<CleanAudit | null> {
  const { rows } = await client.query<{ block: number; sample_round: number | null; is_clean: boolean }>(
    `select block_number::float8 as block, sample_round,
            findings = 0
            and not exists (
              select from ledger.audit_findings as open where open.chain_id = $1 and closed_by is null)
            and (mode = 'full' or exists (
              select from ledger.audit_runs as base
              where base.chain_id = $1 and base.areas is null and base.mode = 'full' and base.findings = 0
                and base.id < run.id and base.block_number <= run.since_block)) as is_clean
     from ledger.audit_runs as run where chain_id = $1 and areas is null
     order by run.block_number desc, id desc limit 1`,
    [chainId],
  );
  const row = rows[0];
  return row?.is_clean === true ? { block: row.block, sampleRound: row.sample_round } : null;
}

export interface OpenFindings {
  readonly count: number;
  /** The number of findings per class, without empty classes. */
  readonly byClass: Readonly<Record<string, number>>;
  /** The finding that was opened first, or null if none is open. */
  readonly oldest: {
    readonly id: number;
    /** ISO 8601. */
    readonly openedAt: string;
    readonly class: string;
    readonly table: string;
    readonly entity: string;
  } | null;
}

/** The open findings of a chain. */
export async function openFindings(client: ClientBase | Pool, chainId: number): Promise<OpenFindings> {
  const { rows: classes } = await client.query<{ class: string; count: number }>(
    `select class, count(*)::float8 as count from ledger.audit_findings
     where chain_id = $1 and closed_by is null group by class order by class`,
    [chainId],
  );
  const { rows } = await client.query<NonNullable<OpenFindings['oldest']>>(
    `select id::float8, to_json(opened_at) #>> '{}' as "openedAt", class, table_name as "table", entity
     from ledger.audit_findings where chain_id = $1 and closed_by is null order by opened_at, audit_findings.id limit 1`,
    [chainId],
  );
  return {
    count: classes.reduce((sum, { count }) => sum + count, 0),
    byClass: Object.fromEntries(classes.map((row) => [row.class, row.count])),
    oldest: rows[0] ?? null,
  };
}

/** The number of recorded audits of a chain. */
export async function countAudits(client: ClientBase | Pool, chainId: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::float8 as count from ledger.audit_runs where chain_id = $1',
    [chainId],
  );
  return rows[0]?.count ?? 0;
}

/** The storage roots of contracts about which a full audit found nothing. */
export async function cleanStorageRoots(client: ClientBase, chainId: number): Promise<Map<Address, Hash>> {
  const { rows } = await client.query<{ address: Address; storage_root: Hash }>(
    `select '0x' || encode(address, 'hex') as address, '0x' || encode(storage_root, 'hex') as storage_root
     from ledger.audit_contracts where chain_id = $1`,
    [chainId],
  );
  return new Map(rows.map((row) => [row.address, row.storage_root]));
}

/** Throws a CannotRunError if the session's role may not record audits or the database accepts no writes. */
export async function requireRightToRecord(client: ClientBase | Pool): Promise<void> {
  const { rows } = await client.query<{
    may: boolean;
    role: string;
    is_standby: boolean;
    is_read_only: boolean;
  }>(
    `select has_table_privilege('ledger.audit_runs', 'INSERT') as may, current_user::text as role,
            pg_is_in_recovery() as is_standby, current_setting('default_transaction_read_only')::boolean as is_read_only`,
  );
  const row = required(rows[0], 'the rights of the session');
  const reason = row.is_standby
    ? 'the server is a standby'
    : row.is_read_only
      ? 'the database is read-only (default_transaction_read_only)'
      : row.may
        ? null
        : `the role ${row.role} may not write there`;
  if (reason === null) return;
  throw new CannotRunError(`The audit can’t be recorded in the ledger: ${reason}`, {
    code: 'audit/may-not-record',
    fix: 'Run the audit with --no-record, which stores nothing.',
  });
}

export interface RecordedAudit {
  readonly result: AuditResult;
  readonly startedBy: string;
  readonly coversAllAreas: boolean;
  readonly sampleRound: number | null;
  /** The proven storage roots of the audited contracts. */
  readonly storageRoots: ReadonlyMap<Address, Hash>;
}

/** Stores an audit in the caller's transaction and returns its id. Also records new findings in `system_events`. */
export async function recordAudit(client: ClientBase, audit: RecordedAudit): Promise<number> {
  const { result } = audit;
  const runId = await insertRun(client, audit);
  await recordFindings(client, result, runId);
  if (result.scope.mode === 'full') {
    await closeGone(client, result, runId);
    await keepStorageRoots(client, audit, runId);
  }
  if (result.findings.length > 0) await announce(client, audit, runId);
  return runId;
}

async function insertRun(client: ClientBase, audit: RecordedAudit): Promise<number> {
  const { result, startedBy, coversAllAreas, sampleRound } = audit;
  const { scope, invariants, skippedContracts, notAudited, digests, seconds } = result;
  const { rows } = await client.query<{ id: number }>(
    `insert into ledger.audit_runs (chain_id, block_number, block_hash, mode, areas, since_block, sample_round,
       started_by, started_at, finished_at, entities, compared_rows, fields, findings, detail)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9::timestamptz + make_interval(secs => $10), $11, $12, $13, $14, $15)
     returning id::float8`,
    [
      result.chainId,
      result.block,
      hexToBytes(result.blockHash),
      scope.mode,
      coversAllAreas ? null : scope.areas,
      scope.since,
      sampleRound,
      startedBy,
      result.startedAt,
      seconds,
      result.entities,
      result.rows,
      result.fields,
      result.findings.length,
      JSON.stringify({ invariants, skippedContracts, notAudited, digests }),
    ],
  );
  return rows[0]?.id ?? 0;
}

async function announce(
  client: ClientBase,
  { result, startedBy }: RecordedAudit,
  runId: number,
): Promise<void> {
  const { chainId, block, scope, findings } = result;
  const classes = Object.fromEntries(
    Array.from(
      Map.groupBy(findings, (finding) => finding.class),
      ([name, found]) => [name, found.length],
    ),
  );
  await recordSystemEvent(client, {
    eventType: 'audit_findings',
    severity: 'error',
    data: { chainId, block, runId, startedBy, mode: scope.mode, findings: findings.length, classes },
  });
}

const findingsAtOnce = 1_000;

/** The columns of an open finding that an audit with the same finding updates, unless it examined an earlier block. */
const renewedColumns = [
  'area',
  'entity',
  'class',
  'chain_value',
  'is_chain_kept',
  'ledger_value',
  'database_value',
  'block_number',
  'changed_after',
  'changed_up_to',
  'last_log_block',
  'last_log_index',
  'last_transaction_hash',
  'evidence',
]
  .map(
    (column) =>
      `${column} = case when excluded.block_number < known.block_number then known.${column} else excluded.${column} end`,
  )
  .join(', ');

/** Updates findings that are already open and opens the others. */
async function recordFindings(client: ClientBase, result: AuditResult, runId: number): Promise<void> {
  // One statement cannot change one row twice, so the last of several findings with one key counts.
  const byKey = new Map(result.findings.map((finding) => [findingKey(finding), finding]));
  const entries = Array.from(byKey, ([key, finding]) => findingEntry(key, finding));
  for (let start = 0; start < entries.length; start += findingsAtOnce) {
    await client.query(
      `insert into ledger.audit_findings as known (chain_id, finding_key, opened_by, seen_by, area, table_name, record_id, entity,
         contract_address, column_name, class, chain_value, is_chain_kept, ledger_value, database_value, block_number,
         changed_after, changed_up_to, last_log_block, last_log_index, last_transaction_hash, evidence)
       select $1, finding_key, $2, $2, area, table_name, record_id, entity,
         contract_address, column_name, class, chain_value::jsonb, is_chain_kept, ledger_value::jsonb, database_value::jsonb, block_number,
         changed_after, changed_up_to, last_log_block, last_log_index, last_transaction_hash, evidence
       from jsonb_to_recordset($3::jsonb) as found (finding_key bytea, area text, table_name text, record_id uuid, entity text,
         contract_address bytea, column_name text, class text, chain_value text, is_chain_kept boolean, ledger_value text,
         database_value text, block_number bigint, changed_after bigint, changed_up_to bigint, last_log_block bigint,
         last_log_index integer, last_transaction_hash bytea, evidence text)
       on conflict (chain_id, finding_key) where closed_by is null do update set
         seen_by = excluded.seen_by, ${renewedColumns}`,
      [result.chainId, runId, JSON.stringify(entries.slice(start, start + findingsAtOnce))],
    );
  }
}

/** By column name. The three values are JSON text, because one of them may be JSON's null, which differs from SQL's. */
function findingEntry(key: Hex, finding: Finding) {
  const { lastLog, changed, contract } = finding;
  return {
    finding_key: byteaText(key),
    area: finding.area,
    table_name: finding.table,
    record_id: finding.rowId,
    entity: finding.entity,
    contract_address: contract === null ? null : byteaText(contract),
    column_name: finding.field,
    class: finding.class,
    chain_value: JSON.stringify(finding.chainValue),
    is_chain_kept: finding.isChainKept,
    ledger_value: JSON.stringify(finding.ledgerValue),
    database_value: JSON.stringify(finding.databaseValue),
    block_number: finding.block,
    changed_after: changed?.after ?? null,
    changed_up_to: changed?.upTo ?? null,
    last_log_block: lastLog?.blockNumber ?? null,
    last_log_index: lastLog?.logIndex ?? null,
    last_transaction_hash: lastLog === null ? null : byteaText(lastLog.transactionHash),
    evidence: finding.evidence,
  };
}

/** The text input format of bytea. */
function byteaText(hex: Hex): string {
  return `\\x${hex.slice(2)}`;
}

function findingKey({ table, rowId, entity, field }: Finding): Hex {
  return `0x${hash('sha256', [table, rowId ?? entity, field ?? ''].join('\n'), 'hex')}`;
}

/** The classes that report that an audit could not read a contract's entities. */
const unreadClasses: ReadonlySet<string> = new Set(['state unavailable', 'not confirmable']);

/**
 * Closes the open findings of these areas that this audit no longer has, if it examined their subject: at the same or a later block, in a
 * snapshot that is not older than that of the audit that reported it, and with the contract's answer if contracts keep the value as state.
 */
async function closeGone(client: ClientBase, result: AuditResult, runId: number): Promise<void> {
  const { chainId, scope, block, startedAt, findings, skippedContracts } = result;
  const unread = new Set<Address>(skippedContracts.map(({ address }) => address));
  for (const finding of findings)
    if (unreadClasses.has(finding.class) && finding.contract !== null) unread.add(finding.contract);
  await client.query(
    `update ledger.audit_findings as known set closed_by = $3, closed_at = now()
     where chain_id = $1 and area = any($2::text[]) and closed_by is null and seen_by <> $3
       and block_number <= $4
       and not exists (select from ledger.audit_runs as seen where seen.id = known.seen_by and seen.started_at > $5)
       and not (is_chain_kept and class <> all($7::text[]) and contract_address = any($6::bytea[]))`,
    [
      chainId,
      scope.areas,
      runId,
      block,
      startedAt,
      Array.from(unread, (address) => hexToBytes(address)),
      [...unreadClasses],
    ],
  );
}

/** Stores the storage roots of contracts without findings, if this audit covered everything and no audit of a later block did so. */
async function keepStorageRoots(client: ClientBase, audit: RecordedAudit, runId: number): Promise<void> {
  const { result, coversAllAreas, storageRoots } = audit;
  if (!coversAllAreas || (await isBehind(client, result))) return;
  const suspect = new Set(result.findings.map(({ contract }) => contract));
  await client.query('delete from ledger.audit_contracts where chain_id = $1', [result.chainId]);
  for (const [address, root] of storageRoots) {
    if (suspect.has(address)) continue;
    await client.query(
      `insert into ledger.audit_contracts (chain_id, address, storage_root, block_number, run_id)
       values ($1, $2, $3, $4, $5)`,
      [result.chainId, hexToBytes(address), hexToBytes(root), result.block, runId],
    );
  }
}

/** Whether an audit of all areas has already covered a later block. */
async function isBehind(client: ClientBase, { chainId, block }: AuditResult): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select from ledger.audit_runs
       where chain_id = $1 and areas is null and block_number > $2) as found`,
    [chainId, block],
  );
  return rows[0]?.found === true;
}
