/** Keeps audits and their findings in the ledger. What was found is never deleted: it is closed by the audit that no longer finds it. */
import { hash } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import { CannotRunError } from '../primitives/errors.ts';
import { type Address, type Hash, type Hex, hexToBytes } from '../primitives/hex.ts';
import type { AuditResult, Finding } from './result.ts';

/** The last clean audit of everything, from which an incremental one can go on. */
export interface CleanAudit {
  readonly block: number;
  /** Which share of the rest the last audit read; null where none did. */
  readonly sampleRound: number | null;
}

/** Null where there was none, or something is still open. */
export async function lastCleanAudit(client: ClientBase, chainId: number): Promise<CleanAudit | null> {
  const { rows } = await client.query<{ block: number; sample_round: number | null; is_clean: boolean }>(
    `select block_number::float8 as block, sample_round,
            findings = 0 and not exists (
              select from ledger.audit_findings as open where open.chain_id = $1 and closed_by is null) as is_clean
     from ledger.audit_runs where chain_id = $1 and areas is null order by id desc limit 1`,
    [chainId],
  );
  const row = rows[0];
  return row?.is_clean === true ? { block: row.block, sampleRound: row.sample_round } : null;
}

/** How many audits of a chain are on record. */
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

/** Throws a CannotRunError where the session's role may not keep audits. */
export async function requireRightToRecord(client: ClientBase | Pool): Promise<void> {
  const { rows } = await client.query<{ may: boolean; role: string }>(
    `select has_table_privilege('ledger.audit_runs', 'INSERT') as may, current_user::text as role`,
  );
  const [row] = rows;
  if (row?.may === true) return;
  throw new CannotRunError(`the role ${row?.role ?? ''} may not keep the audit in the ledger`, {
    code: 'audit/may-not-record',
    fix: 'Audit with --no-record, which keeps nothing.',
  });
}

export interface RecordedAudit {
  readonly result: AuditResult;
  readonly startedBy: string;
  readonly coversAllAreas: boolean;
  readonly sampleRound: number | null;
  /** The proven roots of the contracts that were audited. */
  readonly storageRoots: ReadonlyMap<Address, Hash>;
}

/** In one transaction of the caller's; returns the run's id. */
export async function recordAudit(client: ClientBase, audit: RecordedAudit): Promise<number> {
  const { result } = audit;
  const runId = await insertRun(client, audit);
  await recordFindings(client, result, runId);
  if (result.scope.mode === 'full') {
    await closeGone(client, result, runId);
    await keepStorageRoots(client, audit, runId);
  }
  return runId;
}

async function insertRun(client: ClientBase, audit: RecordedAudit): Promise<number> {
  const { result, startedBy, coversAllAreas, sampleRound } = audit;
  const { scope, invariants, skippedContracts, digests, seconds } = result;
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
      JSON.stringify({ invariants, skippedContracts, digests }),
    ],
  );
  return rows[0]?.id ?? 0;
}

const findingsAtOnce = 1_000;

/** What is open already is said anew; everything else is opened. */
async function recordFindings(client: ClientBase, result: AuditResult, runId: number): Promise<void> {
  // One statement can't change one row twice: of several findings with one key, the last counts.
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
         seen_by = excluded.seen_by, class = excluded.class, chain_value = excluded.chain_value,
         ledger_value = excluded.ledger_value, database_value = excluded.database_value,
         block_number = excluded.block_number, evidence = excluded.evidence`,
      [result.chainId, runId, JSON.stringify(entries.slice(start, start + findingsAtOnce))],
    );
  }
}

/** By the columns' names. The three values are JSON as text, since JSON's null is one of them and isn't SQL's. */
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

/** As PostgreSQL reads bytes from text. */
function byteaText(hex: Hex): string {
  return `\\x${hex.slice(2)}`;
}

function findingKey({ table, rowId, entity, field }: Finding): Hex {
  return `0x${hash('sha256', [table, rowId ?? entity, field ?? ''].join('\n'), 'hex')}`;
}

/** Whatever of these areas was open and wasn't found any more, although everything was looked at. */
async function closeGone(client: ClientBase, { chainId, scope }: AuditResult, runId: number): Promise<void> {
  await client.query(
    `update ledger.audit_findings set closed_by = $3, closed_at = now()
     where chain_id = $1 and area = any($2::text[]) and closed_by is null and seen_by <> $3`,
    [chainId, scope.areas, runId],
  );
}

/** Of contracts about which this audit found nothing, and only where it looked at everything. */
async function keepStorageRoots(client: ClientBase, audit: RecordedAudit, runId: number): Promise<void> {
  const { result, coversAllAreas, storageRoots } = audit;
  if (!coversAllAreas) return;
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
