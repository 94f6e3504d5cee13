/**
 * The target of a replay: temporary tables of one database session, next to the real ones. Other sessions cannot see them, and they
 * disappear with the session. They have only the columns that the fold writes and the indexes that its lookups need.
 */
import { getTableName } from 'drizzle-orm';
import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { connect } from '../../db/client.ts';
import { chainTable, chainTableNames, journaledColumns, type ChainTableName } from '../tables.ts';
import { instantToText } from '../../db/codecs.ts';
import { addQuarantined } from '../ledger/quarantine.ts';
import type { BatchEffect } from '../projection/fold.ts';
import type { LoadedRow, WantedRows } from '../projection/rows.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { RowSource } from '../projection/project.ts';
import { asOfRelation } from '../store/as-of.ts';
import { copyJournalInto } from '../store/journal.ts';
import { loadRows } from '../store/load.ts';
import { saveChanges } from '../store/save.ts';
import { type StoredTable, storedTable } from '../store/stored-table.ts';

/** More than PostgreSQL's default of 8 MB, so that most rows that a batch reads are in memory. */
const temporaryBuffers = '64MB';
const workMemory = '64MB';

/** Further temporary relations of the session. */
export const replayed = {
  /** The journal entries of the replay; `position` is their order. */
  journal: 'pg_temp.replayed_journal',
  quarantine: 'pg_temp.replayed_quarantine',
  users: 'pg_temp.replayed_users',
  standards: 'pg_temp.replayed_standards',
} as const;

/** The temporary table that replaces a real one. */
export function shadowTable(name: ChainTableName): StoredTable {
  const table = escapeIdentifier(`replayed_${getTableName(chainTable(name).table)}`);
  return { ...storedTable(name), sqlName: `pg_temp.${table}`, hasConfirmation: false };
}

/** The session of a replay with its temporary tables. Dispose it to end the session. */
export class Shadow implements AsyncDisposable, RowSource {
  readonly client: PoolClient;
  readonly chainId: number;
  readonly #stopCancelling: () => void;

  private constructor(client: PoolClient, chainId: number, stopCancelling: () => void) {
    this.client = client;
    this.chainId = chainId;
    this.#stopCancelling = stopCancelling;
  }

  /** Opens a session and creates the tables. Aborting the signal cancels the current statement. */
  static async open(
    pool: Pool,
    chainId: number,
    projections: ProjectionSet,
    signal: AbortSignal,
  ): Promise<Shadow> {
    const client = await connect(pool);
    try {
      const shadow = new Shadow(client, chainId, await cancelOnAbort(pool, client, signal));
      await client.query(`set temp_buffers = '${temporaryBuffers}'; set work_mem = '${workMemory}'`);
      for (const name of chainTableNames()) await shadow.#makeTable(name);
      await shadow.#makeIndexes(projections);
      await client.query(
        `create temporary table replayed_journal as
           select chain_id, block_number, table_id, row_id, operation, log_index, cause, before from ledger.journal with no data;
         alter table ${replayed.journal} add column position bigint generated always as identity;
         create temporary table replayed_quarantine (like ledger.quarantine including defaults including indexes);
         create temporary table replayed_users (wallet text primary key, first_seen_at timestamptz not null);
         create temporary table replayed_standards (spelling text not null, first_seen_at timestamptz not null)`,
      );
      return shadow;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Ends the session, which removes all its temporary tables. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopCancelling();
    this.client.release(true);
    await Promise.resolve();
  }

  /** Starts with the rows as of a block instead of empty tables. */
  async beginAfter(blockNumber: number): Promise<void> {
    for (const name of chainTableNames()) {
      const journaled = journaledColumns(name);
      const columns = storedTable(name).columns.filter(({ property }) => property in journaled);
      const names = columns.map((column) => escapeIdentifier(column.name)).join(', ');
      const earlier = asOfRelation(name, { chainId: this.chainId, blockNumber });
      await this.client.query(
        `insert into ${shadowTable(name).sqlName} (${names}) select ${names} from ${earlier}`,
      );
    }
  }

  async load(wanted: WantedRows): Promise<LoadedRow[]> {
    return await loadRows(this.client, wanted, this.chainId, shadowTable);
  }

  async save(effect: BatchEffect): Promise<void> {
    const { client, chainId } = this;
    await saveChanges(client, effect.changes, { final: null, tables: shadowTable });
    await copyJournalInto(client, replayed.journal, chainId, effect.journal);
    await addQuarantined(client, chainId, effect.quarantined, replayed.quarantine);
    await this.#keepNewUsers(effect);
    await this.#keepNewStandards(effect);
  }

  /** Updates the planner's statistics, which it collected when the tables were empty. */
  async analyze(): Promise<void> {
    const names = [...chainTableNames().map((name) => shadowTable(name).sqlName), replayed.journal];
    for (const name of names) await this.client.query(`analyze ${name}`);
  }

  async #makeTable(name: ChainTableName): Promise<void> {
    const { sqlName, columns } = storedTable(name);
    const names = columns.map((column) => escapeIdentifier(column.name)).join(', ');
    const table = shadowTable(name).sqlName.replace('pg_temp.', '');
    await this.client.query(
      `create temporary table ${table} as select ${names} from ${sqlName} with no data;
       create unique index on ${table} (id)`,
    );
  }

  async #makeIndexes({ lookups }: ProjectionSet): Promise<void> {
    const made = new Set<string>();
    for (const lookup of lookups) {
      const table = shadowTable(lookup.table);
      const names = lookup.columns.map((property) => escapeIdentifier(table.column(property).name));
      const index = `create index on ${table.sqlName} (${names.join(', ')})`;
      if (made.has(index)) continue;
      made.add(index);
      await this.client.query(index);
    }
  }

  async #keepNewUsers({ users }: BatchEffect): Promise<void> {
    if (users.length === 0) return;
    await this.client.query(
      `insert into ${replayed.users} select wallet, first_seen_at
       from unnest($1::text[], $2::timestamptz[]) as seen (wallet, first_seen_at)
       where not exists (select from public.users where wallet_address = wallet) on conflict do nothing`,
      [users.map(({ wallet }) => wallet), users.map(({ firstSeenAt }) => instantToText(firstSeenAt))],
    );
  }

  async #keepNewStandards({ standards }: BatchEffect): Promise<void> {
    if (standards.length === 0) return;
    await this.client.query(
      `insert into ${replayed.standards} select spelling, first_seen_at
       from unnest($1::text[], $2::timestamptz[]) as seen (spelling, first_seen_at)
       where not exists (select from public.compliance_standards where standard_code = ledger.standard_code(spelling))`,
      [
        standards.map(({ spelling }) => spelling),
        standards.map(({ firstSeenAt }) => instantToText(firstSeenAt)),
      ],
    );
  }
}

/** Cancels the session's current statement when the signal is aborted. The returned function removes the listener. */
async function cancelOnAbort(pool: Pool, client: PoolClient, signal: AbortSignal): Promise<() => void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const cancel = (): void => {
    // Fails if the session or the database is gone. Then there is nothing to cancel.
    pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
