/** The tables as maps in memory, which replace the daemon's store and need no database. */
import { chainTableNames, type ChainTableName } from '../../../src/engine/tables.ts';
import { standardId, userId, type Uuid } from '../../../src/primitives/ids.ts';
import type { BatchEffect } from '../../../src/engine/projection/fold.ts';
import type { LoadedRow, WantedRows } from '../../../src/engine/projection/rows.ts';
import type { Lookup, LookupKey } from '../../../src/engine/projection/lookup.ts';
import type { AnyRow } from '../../../src/engine/projection/entity.ts';

export type TableRows = ReadonlyMap<Uuid, AnyRow>;

/** All rows at one block; later blocks do not change it. */
export interface NaiveState {
  readonly tables: ReadonlyMap<ChainTableName, TableRows>;
  readonly users: ReadonlySet<Uuid>;
  readonly standards: ReadonlySet<Uuid>;
}

export const emptyState: NaiveState = {
  tables: new Map(chainTableNames().map((name) => [name, new Map<Uuid, AnyRow>()])),
  users: new Set(),
  standards: new Set(),
};

export class NaiveTables {
  readonly #tables: Map<ChainTableName, Map<Uuid, AnyRow>>;
  readonly #users: Set<Uuid>;
  readonly #standards: Set<Uuid>;

  constructor({ tables, users, standards }: NaiveState) {
    this.#tables = new Map([...tables].map(([name, rows]) => [name, new Map(rows)]));
    this.#users = new Set(users);
    this.#standards = new Set(standards);
  }

  state(): NaiveState {
    return {
      tables: new Map([...this.#tables].map(([name, rows]) => [name, new Map(rows)])),
      users: new Set(this.#users),
      standards: new Set(this.#standards),
    };
  }

  load({ rows, lookups }: WantedRows): LoadedRow[] {
    const found = new Map<Uuid, LoadedRow>();
    for (const [table, ids] of rows) {
      for (const id of ids.keys()) {
        const row = this.#rowsOf(table).get(id);
        if (row !== undefined) found.set(id, { table, row });
      }
    }
    for (const { question, key } of lookups.values()) {
      for (const [id, row] of this.#rowsOf(question.table))
        if (answers(row, question, key)) found.set(id, { table: question.table, row });
    }
    return [...found.values()];
  }

  save(effect: BatchEffect): void {
    for (const { wallet } of effect.users) this.#users.add(userId(wallet));
    for (const { spelling } of effect.standards) this.#standards.add(standardId(spelling));
    for (const { table, inserted, updated } of effect.changes)
      for (const row of [...inserted, ...updated]) this.#rowsOf(table).set(row['id'] as Uuid, row);
  }

  #rowsOf(table: ChainTableName): Map<Uuid, AnyRow> {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new Map()));
    return rows;
  }
}

function answers(row: AnyRow, { columns, having }: Lookup, key: LookupKey): boolean {
  const wanted: Readonly<Record<string, unknown>> = having;
  return (
    columns.every((column, index) => row[column] === key[index]) &&
    Object.entries(wanted).every(([column, value]) => row[column] === value)
  );
}
