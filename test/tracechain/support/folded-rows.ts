/**
 * The tables in memory, for tests of projections. Loads the rows that a batch needs, saves its effect, and
 * enforces the schema's unique keys and foreign keys as PostgreSQL would.
 */
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import {
  chainTable,
  chainTableNames,
  type ChainTableName,
  type ChainRow,
} from '../../../src/engine/tables.ts';
import { complianceStandards } from '../../../src/tracechain/compliance/tables.ts';
import { users } from '../../../src/tracechain/shared/users.ts';
import { standardId, userId, type Uuid } from '../../../src/primitives/ids.ts';
import { EffectError } from '../../../src/engine/projection/shape.ts';
import type { BatchEffect, QuarantinedLog } from '../../../src/engine/projection/fold.ts';
import type { LoadedRow, WantedRows } from '../../../src/engine/projection/rows.ts';
import type { JournalEntry } from '../../../src/engine/projection/journal.ts';
import type { Lookup, LookupKey } from '../../../src/engine/projection/lookup.ts';
import type { AnyRow } from '../../../src/engine/projection/entity.ts';

const tableNames = chainTableNames();

/** The outcome of a log that had no effect. */
export interface Quarantined {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly eventName: string | null;
  readonly area: string | null;
  readonly reason: string;
}

export class FoldedRows {
  readonly journal: JournalEntry[] = [];
  readonly quarantined: Quarantined[] = [];
  /** Ids of the users and standards that were made. */
  readonly users = new Set<Uuid>();
  readonly standards = new Set<Uuid>();
  readonly #tables = new Map<ChainTableName, Map<Uuid, AnyRow>>(tableNames.map((name) => [name, new Map()]));

  /** A table's rows, ordered by id. */
  rows<Table extends ChainTableName>(table: Table): ChainRow<Table>[] {
    const rows = [...this.#rowsOf(table).entries()].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return rows.map(([, row]) => row as unknown as ChainRow<Table>);
  }

  /** The only row of a table; throws if there are none or several. */
  only<Table extends ChainTableName>(table: Table): ChainRow<Table> {
    const [row, ...others] = this.rows(table);
    if (row === undefined || others.length > 0)
      throw new Error(`${table} has ${row === undefined ? 0 : others.length + 1} rows, not one`);
    return row;
  }

  /** Everything that the fold's invariant covers, comparable with `toEqual`. */
  everything(): object {
    const tables = tableNames.map((name) => [name, this.rows(name)]).filter(([, rows]) => rows?.length !== 0);
    return {
      tables: Object.fromEntries(tables),
      journal: this.journal,
      quarantined: this.quarantined,
      users: [...this.users].toSorted(),
      standards: [...this.standards].toSorted(),
    };
  }

  load(wanted: WantedRows): LoadedRow[] {
    const found = new Map<string, LoadedRow>();
    for (const [table, ids] of wanted.rows) {
      for (const id of ids.keys()) {
        const row = this.#rowsOf(table).get(id);
        if (row !== undefined) found.set(`${table} ${id}`, { table, row });
      }
    }
    for (const { question, key } of wanted.lookups.values()) {
      const { table } = question;
      for (const [id, row] of this.#rowsOf(table))
        if (answers(row, question, key)) found.set(`${table} ${id}`, { table, row });
    }
    return [...found.values()];
  }

  /**
   * Throws if a unique key or a foreign key is violated, or if an event failed with any error but an
   * EffectError, which means a defect in the code.
   */
  save(effect: BatchEffect): void {
    const fault = effect.quarantined.find(({ error }) => !(error instanceof EffectError));
    if (fault !== undefined) throw fault.error;
    for (const { wallet } of effect.users) this.users.add(userId(wallet));
    for (const { spelling } of effect.standards) this.standards.add(standardId(spelling));
    for (const { table, inserted, updated } of effect.changes) {
      const rows = this.#rowsOf(table);
      for (const row of [...inserted, ...updated]) rows.set(row['id'] as Uuid, row);
    }
    this.journal.push(...effect.journal);
    this.quarantined.push(...effect.quarantined.map(shownQuarantined));
    for (const { table } of effect.changes) this.#check(table);
  }

  #rowsOf(table: ChainTableName): Map<Uuid, AnyRow> {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new Map()));
    return rows;
  }

  #check(name: ChainTableName): void {
    const { table } = chainTable(name);
    const rows = [...this.#rowsOf(name).values()];
    for (const columns of uniqueKeysOf(table)) {
      const seen = new Set<string>();
      for (const row of rows) {
        const values = columns.map((column) => row[column] ?? null);
        if (values.includes(null)) continue;
        const key = values.map((value) => comparable(value)).join('\n');
        if (seen.has(key)) throw new Error(`${name}: two rows with one ${columns.join(', ')}`);
        seen.add(key);
      }
    }
    for (const { column, parent } of referencesOf(table)) {
      const ids = this.#idsOf(parent);
      const orphan = rows.find((row) => row[column] != null && !ids.has(row[column] as Uuid));
      if (orphan !== undefined) throw new Error(`${name}: ${column} refers to a row that isn't there`);
    }
  }

  #idsOf(table: PgTable): { has(id: Uuid): boolean } {
    if (table === users) return this.users;
    if (table === complianceStandards) return this.standards;
    const name = tableNames.find((candidate) => chainTable(candidate).table === table);
    if (name === undefined) throw new Error('a reference to a table that the fold does not write');
    return this.#rowsOf(name);
  }
}

function answers(row: AnyRow, question: Lookup, key: LookupKey): boolean {
  const having: Readonly<Record<string, unknown>> = question.having;
  return (
    question.columns.every((column, index) => row[column] === key[index]) &&
    Object.entries(having).every(([column, value]) => row[column] === value)
  );
}

function shownQuarantined({ log, eventName, area, error }: QuarantinedLog): Quarantined {
  return { blockNumber: log.blockNumber, logIndex: log.logIndex, eventName, area, reason: error.message };
}

function comparable(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}

/** By property names. */
function uniqueKeysOf(table: PgTable): string[][] {
  const { columns, uniqueConstraints } = getTableConfig(table);
  const single = columns.filter((column) => column.isUnique).map((column) => [column.name]);
  const several = uniqueConstraints.map((constraint) => constraint.columns.map((column) => column.name));
  return [...single, ...several].map((names) => names.map((name) => propertyOf(table, name)));
}

function referencesOf(table: PgTable): { column: string; parent: PgTable }[] {
  return getTableConfig(table).foreignKeys.flatMap((key) => {
    const { columns, foreignTable } = key.reference();
    return columns.map((column) => ({ column: propertyOf(table, column.name), parent: foreignTable }));
  });
}

function propertyOf(table: PgTable, columnName: string): string {
  const found = Object.entries(getTableColumns(table)).find(([, column]) => column.name === columnName);
  if (found === undefined) throw new Error(`no column ${columnName}`);
  return found[0];
}
