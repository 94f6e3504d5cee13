/** What audits have found, and what was entered into the ledger because of it. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { blockNumber, bytes, chainId, instant, type JsonValue, uuidRef } from '../columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerAuditRuns = ledger.table(
  'audit_runs',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash').notNull(),
    /** `full` or `incremental`. */
    mode: text('mode').notNull(),
    /** Null for all. */
    areas: text('areas').array(),
    sinceBlock: blockNumber('since_block'),
    /** Which share of what nothing has touched this run read again. */
    sampleRound: integer('sample_round'),
    startedBy: text('started_by').notNull(),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at').notNull(),
    entities: bigint('entities', { mode: 'number' }).notNull(),
    comparedRows: bigint('compared_rows', { mode: 'number' }).notNull(),
    fields: bigint('fields', { mode: 'number' }).notNull(),
    findings: integer('findings').notNull(),
    /** Laws, skipped contracts, digests. */
    detail: jsonb('detail').$type<JsonValue>().notNull(),
  },
  (table) => [index('audit_runs_chain_index').on(table.chainId, table.id.desc().nullsFirst())],
);

/** One row a finding, from the run that first had it to the run that no longer did. */
export const ledgerAuditFindings = ledger.table(
  'audit_findings',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    chainId: chainId().notNull(),
    /** SHA-256 of what it is about: the same finding in every run. */
    findingKey: bytes('finding_key').notNull(),
    openedBy: bigint('opened_by', { mode: 'number' }).notNull(),
    openedAt: instant('opened_at').notNull().default(now),
    seenBy: bigint('seen_by', { mode: 'number' }).notNull(),
    closedBy: bigint('closed_by', { mode: 'number' }),
    closedAt: instant('closed_at'),
    area: text('area').notNull(),
    tableName: text('table_name').notNull(),
    recordId: uuidRef('record_id'),
    entity: text('entity').notNull(),
    contractAddress: bytes('contract_address'),
    columnName: text('column_name'),
    class: text('class').notNull(),
    chainValue: jsonb('chain_value').$type<JsonValue>(),
    isChainKept: boolean('is_chain_kept').notNull(),
    ledgerValue: jsonb('ledger_value').$type<JsonValue>(),
    databaseValue: jsonb('database_value').$type<JsonValue>(),
    /** The audited block of the run that saw it last. */
    blockNumber: blockNumber().notNull(),
    changedAfter: blockNumber('changed_after'),
    changedUpTo: blockNumber('changed_up_to'),
    lastLogBlock: blockNumber('last_log_block'),
    lastLogIndex: integer('last_log_index'),
    lastTransactionHash: bytes('last_transaction_hash'),
    evidence: text('evidence').notNull(),
  },
  (table) => [
    uniqueIndex('audit_findings_open_key')
      .on(table.chainId, table.findingKey)
      .where(sql`closed_by is null`),
    index('audit_findings_record_index').on(table.recordId),
  ],
);

/** The storage that a contract had when an audit of it last found nothing. */
export const ledgerAuditContracts = ledger.table(
  'audit_contracts',
  {
    chainId: chainId().notNull(),
    address: bytes('address').notNull(),
    storageRoot: bytes('storage_root').notNull(),
    blockNumber: blockNumber().notNull(),
    runId: bigint('run_id', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address] })],
);

/** What a contract was seen to say without an event: folded after the logs of its block, as if it were one. */
export const ledgerObservations = ledger.table(
  'observations',
  {
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash').notNull(),
    /** Counts the observations of a block, from 0. */
    position: integer('position').notNull(),
    address: bytes('address').notNull(),
    tableId: smallint('table_id').notNull(),
    recordId: uuidRef('record_id').notNull(),
    /** By column name, as the journal's images are. */
    columnValues: jsonb('column_values').$type<JsonValue>().notNull(),
    runId: bigint('run_id', { mode: 'number' }),
    observedAt: instant('observed_at').notNull().default(now),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.position] })],
);

/** The signed reports that were handed on, each naming the one before. */
export const ledgerAuditReports = ledger.table(
  'audit_reports',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash').notNull(),
    /** SHA-256 of the report's canonical form. */
    reportHash: bytes('report_hash').notNull(),
    /** Null for a chain's first. */
    previousReportHash: bytes('previous_report_hash'),
    publicKey: text('public_key').notNull(),
    findings: integer('findings').notNull(),
    createdAt: instant('created_at').notNull().default(now),
  },
  (table) => [
    unique('audit_reports_hash_key').on(table.chainId, table.reportHash),
    // One report follows on one: whoever signs at the same time has to take the other's for the one before.
    unique('audit_reports_chain_key').on(table.chainId, table.previousReportHash).nullsNotDistinct(),
  ],
);
