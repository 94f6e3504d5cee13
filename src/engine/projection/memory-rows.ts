/** Rows in memory: about 1.5 kB each, so half a million rows take less than a gigabyte. */
import { chainTableNames, type ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { BatchEffect } from './fold.ts';
import type { AnyRow } from './entity.ts';
import { type Lookup, type LookupKey, lookupText } from './lookup.ts';
import type { LoadedRow, WantedRows } from './rows.ts';
import type { RowSource } from './project.ts';

/** A source of rows that keeps every row that it loads or saves. */
export class MemoryRows implements RowSource {
  readonly #tables = new Map<ChainTableName, Map<Uuid, AnyRow>>(
    chainTableNames().map((name) => [name, new Map()]),
  );
  readonly #lookups: readonly Lookup[];
  readonly #answers = new Map<string, Set<Uuid>>();
  readonly #earlier: RowSource | null;

  /**
   * `lookups` are those that batches will use. `earlier` has the rows from before the first batch; the rows
   * that a batch needs are copied from it. Without it, the first batch starts with no rows.
   */
  constructor(lookups: readonly Lookup[], earlier: RowSource | null = null) {
    this.#lookups = lookups;
    this.#earlier = earlier;
  }

  table(name: ChainTableName): ReadonlyMap<Uuid, AnyRow> {
    return this.#rowsOf(name);
  }

  row(table: ChainTableName, id: Uuid): AnyRow | undefined {
    return this.#rowsOf(table).get(id);
  }

  /** The result may include a row that no longer matches a lookup. */
  async load(wanted: WantedRows): Promise<LoadedRow[]> {
    for (const { table, row } of (await this.#earlier?.load(wanted)) ?? [])
      if (this.row(table, row['id'] as Uuid) === undefined) this.#put(table, row);
    const loaded = new Map<Uuid, LoadedRow>();
    const add = (table: ChainTableName, id: Uuid): void => {
      const row = this.row(table, id);
      if (row !== undefined) loaded.set(id, { table, row });
    };
    for (const [table, ids] of wanted.rows) for (const id of ids.keys()) add(table, id);
    for (const [text, { question }] of wanted.lookups)
      for (const id of this.#answers.get(text) ?? []) add(question.table, id);
    return [...loaded.values()];
  }

  /** Applies the effect's changes to these rows, which then have the state after its batch. */
  save({ changes }: Pick<BatchEffect, 'changes'>): void {
    for (const { table, inserted, updated } of changes) {
      for (const row of inserted) this.#put(table, row);
      for (const row of updated) this.#put(table, row);
    }
  }

  #put(table: ChainTableName, row: AnyRow): void {
    const id = row['id'] as Uuid;
    this.#rowsOf(table).set(id, row);
    for (const question of this.#lookups) {
      if (question.table !== table) continue;
      const key = question.columns.map((column) => row[column]);
      if (key.includes(null)) continue;
      const text = lookupText(question, key as LookupKey);
      const ids = this.#answers.get(text) ?? new Set();
      this.#answers.set(text, ids.add(id));
    }
  }

  #rowsOf(name: ChainTableName): Map<Uuid, AnyRow> {
    let rows = this.#tables.get(name);
    if (rows === undefined) this.#tables.set(name, (rows = new Map()));
    return rows;
  }
}
