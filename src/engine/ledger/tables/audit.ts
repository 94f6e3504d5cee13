/** The results of audits, and the observations recorded because of them. */
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
import { column, tableIn } from '../../../db/table.ts';
import { blockNumber, bytes, chainId, instant, type JsonValue, uuidRef } from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerAuditRuns = tableIn(
  ledger,
  'audit_runs',
  'Every recorded audit: its block, its scope and the number of findings.',
  {
    columns: {
      id: column(bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), 'The audit.'),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The audited block: a final one.'),
      blockHash: column(bytes('block_hash').notNull(), 'The audited block’s hash.'),
      mode: column(
        text('mode').notNull(),
        'full: every entity; incremental: the changes since an earlier audit, and a sample.',
      ),
      areas: column(text('areas').array(), 'The audited areas; null for all.'),
      sinceBlock: column(
        blockNumber('since_block'),
        'The block of the audit that an incremental audit continues; null for a full audit.',
      ),
      sampleRound: column(
        integer('sample_round'),
        'The sample of the unchanged entities that was read again; null for a full audit.',
      ),
      startedBy: column(text('started_by').notNull(), 'schedule or command.'),
      startedAt: column(instant('started_at').notNull(), 'When it started.'),
      finishedAt: column(instant('finished_at').notNull(), 'When it ended; null while it runs.'),
      entities: column(
        bigint('entities', { mode: 'number' }).notNull(),
        'Entities whose state was read from contracts.',
      ),
      comparedRows: column(bigint('compared_rows', { mode: 'number' }).notNull(), 'Rows that were compared.'),
      fields: column(bigint('fields', { mode: 'number' }).notNull(), 'Values that were compared.'),
      findings: column(integer('findings').notNull(), 'The number of findings.'),
      detail: column(
        jsonb('detail').$type<JsonValue>().notNull(),
        'The invariants, the skipped contracts and the digests.',
      ),
    },
  },
  (table) => [index('audit_runs_chain_index').on(table.chainId, table.id.desc().nullsFirst())],
);

export const ledgerAuditFindings = tableIn(
  ledger,
  'audit_findings',
  'One row per finding, open from the first audit that has it to the first one that no longer does. Rows are closed, never deleted.',
  {
    columns: {
      id: column(bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), 'The finding.'),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      findingKey: column(
        bytes('finding_key').notNull(),
        'SHA-256 of the subject, which identifies the same finding in every audit.',
      ),
      openedBy: column(bigint('opened_by', { mode: 'number' }).notNull(), 'The first audit that had it.'),
      openedAt: column(instant('opened_at').notNull().default(now), 'When it was opened.'),
      seenBy: column(bigint('seen_by', { mode: 'number' }).notNull(), 'The last audit that had it.'),
      closedBy: column(
        bigint('closed_by', { mode: 'number' }),
        'The audit that examined the subject again and no longer had the finding; null while it is open.',
      ),
      closedAt: column(instant('closed_at'), 'When it was closed; null while it is open.'),
      area: column(text('area').notNull(), 'The projection’s area.'),
      tableName: column(text('table_name').notNull(), 'The table.'),
      recordId: column(uuidRef('record_id'), 'The row; null if no row is known.'),
      entity: column(text('entity').notNull(), 'The subject, in words.'),
      contractAddress: column(bytes('contract_address'), 'The contract.'),
      columnName: column(text('column_name'), 'The column; null if the whole row is missing or extra.'),
      class: column(text('class').notNull(), 'Why the values differ: docs/audit.md has the classes.'),
      chainValue: column(
        jsonb('chain_value').$type<JsonValue>(),
        'The contract’s answer at the audited block.',
      ),
      isChainKept: column(
        boolean('is_chain_kept').notNull(),
        'Whether a contract keeps this value, so that chain_value is its answer.',
      ),
      ledgerValue: column(jsonb('ledger_value').$type<JsonValue>(), 'The value that the ledger folds to.'),
      databaseValue: column(jsonb('database_value').$type<JsonValue>(), 'The value in the table.'),
      blockNumber: column(blockNumber().notNull(), 'The audited block of the last audit that had it.'),
      changedAfter: column(
        blockNumber('changed_after'),
        'The last block at which the contract was seen with the row’s value.',
      ),
      changedUpTo: column(
        blockNumber('changed_up_to'),
        'The first block at which it was seen with another value.',
      ),
      lastLogBlock: column(blockNumber('last_log_block'), 'The block of the last log that changed the row.'),
      lastLogIndex: column(integer('last_log_index'), 'That log’s position in its block.'),
      lastTransactionHash: column(bytes('last_transaction_hash'), 'That log’s transaction.'),
      evidence: column(text('evidence').notNull(), 'The evidence for the class.'),
    },
  },
  (table) => [
    uniqueIndex('audit_findings_open_key')
      .on(table.chainId, table.findingKey)
      .where(sql`closed_by is null`),
    index('audit_findings_record_index').on(table.recordId),
  ],
);

export const ledgerAuditContracts = tableIn(
  ledger,
  'audit_contracts',
  'The storage root of a contract when an audit last had no finding about it. While the root is the same, its storage has not changed.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      address: column(bytes('address').notNull(), 'The address.'),
      storageRoot: column(
        bytes('storage_root').notNull(),
        'The root of the contract’s storage, proven against the block’s header.',
      ),
      blockNumber: column(blockNumber().notNull(), 'The block at which it was proven.'),
      runId: column(bigint('run_id', { mode: 'number' }).notNull(), 'The audit.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address] })],
);

export const ledgerObservations = tableIn(
  ledger,
  'observations',
  'Contract state observed without an event. It is folded after the logs of its block, also by every replay.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      position: column(
        integer('position').notNull(),
        'The position among the observations of a block, from 0.',
      ),
      address: column(bytes('address').notNull(), 'The contract that was called.'),
      tableId: column(smallint('table_id').notNull(), 'The table, by its number in the journal.'),
      recordId: column(uuidRef('record_id').notNull(), 'The row.'),
      /** By column name, in the format of the journal's images. */
      columnValues: column(
        jsonb('column_values').$type<JsonValue>().notNull(),
        'The row’s values according to the contract, by column.',
      ),
      runId: column(
        bigint('run_id', { mode: 'number' }),
        'The audit that found it; null if that audit was not recorded.',
      ),
      observedAt: column(instant('observed_at').notNull().default(now), 'When it was recorded.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.position] })],
);

export const ledgerAuditReports = tableIn(
  ledger,
  'audit_reports',
  'The signed reports, each of which names its predecessor.',
  {
    columns: {
      id: column(bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), 'The report.'),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The audited block.'),
      blockHash: column(bytes('block_hash').notNull(), 'The audited block’s hash.'),
      reportHash: column(
        bytes('report_hash').notNull(),
        'SHA-256 of the report’s canonical form (RFC 8785).',
      ),
      previousReportHash: column(
        bytes('previous_report_hash'),
        'The previous report; null for the chain’s first.',
      ),
      publicKey: column(text('public_key').notNull(), 'The key that verifies its signature, as PEM.'),
      findings: column(integer('findings').notNull(), 'The number of findings in the report.'),
      createdAt: column(instant('created_at').notNull().default(now), 'When it was signed.'),
    },
  },
  (table) => [
    unique('audit_reports_hash_key').on(table.chainId, table.reportHash),
    // Each report has one successor. Of two reports signed at the same time, the second must name the first as its predecessor.
    unique('audit_reports_chain_key').on(table.chainId, table.previousReportHash).nullsNotDistinct(),
  ],
);
