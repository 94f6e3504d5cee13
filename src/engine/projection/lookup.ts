/** Lookups: queries for all rows of a table with equal values in some columns, loaded in bulk. */
import type { ChainTableName, ChainRow } from '../tables.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { AnyRow } from './entity.ts';

/** A query for all rows of a table with equal values in some columns. Declared once, so that it can be loaded in bulk. */
export interface Lookup<Table extends ChainTableName = ChainTableName> {
  readonly table: Table;
  /** The columns that a key contains, in order. */
  readonly columns: readonly (keyof ChainRow<Table> & string)[];
  /** Further columns with the current value that the row must have. */
  readonly having: Partial<ChainRow<Table>>;
}

/** Values of a lookup's columns, in the same order. */
export type LookupKey = readonly (string | number | bigint)[];

/** Declares a lookup; the types check its columns against the table. */
export function lookup<Table extends ChainTableName>(
  table: Table,
  columns: readonly (keyof ChainRow<Table> & string)[],
  having: Partial<ChainRow<Table>> = {},
): Lookup<Table> {
  return { table, columns, having };
}

/** Returns a unique text for a lookup and its key. */
export function lookupText(question: Lookup, key: LookupKey): string {
  return `${question.table}(${question.columns.join(',')})=${key.join(',')}`;
}

/** Returns whether a row has the key, and the values that the lookup requires besides. */
export function matches(question: Lookup, key: LookupKey, row: AnyRow): boolean {
  const having = Object.entries(question.having).every(([column, value]) => row[column] === value);
  return having && question.columns.every((column, index) => row[column] === key[index]);
}

/**
 * The rows that may match the lookups of a batch. Has only the keys that the batch asked for. A row stays a
 * candidate after a change, so its values are checked on use.
 */
export class LookupIndex {
  readonly #byTable = new Map<ChainTableName, Lookup[]>();
  readonly #asked = new Map<string, { readonly question: Lookup; readonly key: LookupKey }>();
  readonly #candidates = new Map<string, Set<Uuid>>();

  constructor(lookups: readonly Lookup[]) {
    for (const question of lookups)
      this.#byTable.set(question.table, [...(this.#byTable.get(question.table) ?? []), question]);
  }

  /** The keys that the batch asked for, by `lookupText`. */
  get asked(): ReadonlyMap<string, { readonly question: Lookup; readonly key: LookupKey }> {
    return this.#asked;
  }

  /** Asks for a key. Must happen before rows are added. */
  ask(question: Lookup, key: LookupKey): void {
    const text = lookupText(question, key);
    if (this.#asked.has(text)) return;
    if (this.#byTable.get(question.table)?.includes(question) !== true)
      throw new InvariantError(`an area asks ${text}, and does not list this lookup`);
    this.#asked.set(text, { question, key });
    this.#candidates.set(text, new Set());
  }

  /** Adds a row, or its new values. */
  add(table: ChainTableName, id: Uuid, row: AnyRow): void {
    for (const question of this.#byTable.get(table) ?? []) {
      const key = question.columns.map((column) => row[column]);
      if (key.includes(null)) continue;
      this.#candidates.get(lookupText(question, key as LookupKey))?.add(id);
    }
  }

  /** Returns the ids of rows that may match, in the order of their ids. */
  candidates(question: Lookup, key: LookupKey): Uuid[] {
    return [...(this.#candidates.get(lookupText(question, key)) ?? [])].toSorted();
  }
}
