/** Rows that are loaded in bulk on demand: the caller evaluates, loads the misses, and evaluates again. */
import type { ChainTableName } from '../../tables.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { AnyRow } from '../../projection/entity.ts';
import type { Reference } from '../expectations/entity-kind.ts';
import { inChainOrder } from './shadow-fold.ts';
import type { StoredRows } from './stored-rows.ts';

interface Question {
  readonly table: ChainTableName;
  readonly property: string;
  readonly values: Set<string | bigint>;
}

/** A `Reference` over stored rows that records lookups of rows that are not loaded yet. */
export class LazyReference implements Reference {
  readonly #rows = new Map<string, AnyRow | null>();
  readonly #groups = new Map<string, readonly AnyRow[]>();
  readonly #wantedRows = new Map<ChainTableName, Set<Uuid>>();
  readonly #wantedGroups = new Map<string, Question>();
  #misses = 0;

  /** The number of lookups of rows that were not loaded. A caller without new misses has a final result. */
  get misses(): number {
    return this.#misses;
  }

  row(table: ChainTableName, id: Uuid): AnyRow | undefined {
    const known = this.#rows.get(`${table} ${id}`);
    if (known !== undefined) return known ?? undefined;
    this.#misses += 1;
    const wanted = this.#wantedRows.get(table) ?? new Set();
    this.#wantedRows.set(table, wanted.add(id));
    return undefined;
  }

  where(table: ChainTableName, property: string, value: string | bigint): readonly AnyRow[] {
    const known = this.#groups.get(`${table}.${property} ${value}`);
    if (known !== undefined) return known;
    this.#misses += 1;
    const name = `${table}.${property}`;
    const group = this.#wantedGroups.get(name) ?? { table, property, values: new Set() };
    group.values.add(value);
    this.#wantedGroups.set(name, group);
    return [];
  }

  add(table: ChainTableName, row: AnyRow): void {
    this.#rows.set(`${table} ${row['id'] as Uuid}`, row);
  }

  /** Loads the rows missed since the last call. Returns false if there were none. */
  async load(stored: StoredRows): Promise<boolean> {
    const rows = [...this.#wantedRows];
    const groups = [...this.#wantedGroups.values()];
    this.#wantedRows.clear();
    this.#wantedGroups.clear();
    for (const [table, ids] of rows) {
      for (const id of ids) this.#rows.set(`${table} ${id}`, null);
      for (const row of await stored.byId(table, [...ids])) this.add(table, row);
    }
    for (const { table, property, values } of groups) {
      const found = Map.groupBy(
        await stored.where(table, property, Array.from(values, String)),
        (row) => row[property],
      );
      for (const value of values)
        this.#groups.set(`${table}.${property} ${value}`, (found.get(value) ?? []).toSorted(inChainOrder));
      for (const row of [...found.values()].flat()) this.add(table, row);
    }
    return rows.length + groups.length > 0;
  }
}
