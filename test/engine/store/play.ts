/** Blocks that insert and change rows of every table, folded and saved as a batch. */
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import type { ChainTableName } from '../../../src/engine/tables.ts';
import type { Uuid } from '../../../src/primitives/ids.ts';
import { type AnyRow } from '../../../src/engine/projection/entity.ts';
import { BatchRows } from '../../../src/engine/projection/rows.ts';
import { loadRows } from '../../../src/engine/store/load.ts';
import { saveEffect } from '../../../src/engine/store/save.ts';
import { chainId } from '../ledger/chain-values.ts';
import {
  effectOf,
  eventOf,
  insertRow,
  newRows,
  type Patch,
  patches,
  rowId,
  tableNames,
  type Values,
  wantEverything,
} from './world.ts';

export type Snapshot = ReadonlyMap<string, AnyRow>;

export const keyOf = (table: ChainTableName, id: Uuid) => `${table} ${id}`;

export interface Block {
  /** One row of every table. */
  readonly inserted: Readonly<Record<ChainTableName, Values>>;
  readonly patched: readonly Patch[];
}

export const block: fc.Arbitrary<Block> = fc.record({
  inserted: newRows,
  patched: fc.array(patches, { maxLength: 30 }),
});

/** Folds and saves one batch of blocks. Returns the fold's rows after it. */
export async function play(client: PoolClient, blocks: readonly Block[], from: number): Promise<Snapshot> {
  const count = from + blocks.length;
  const wanted = wantEverything(count);
  const rows = new BatchRows([]);
  for (const [table, ids] of wanted.rows) for (const id of ids) rows.one(table, id);
  rows.fill(await loadRows(client, wanted, chainId));
  for (const [index, { inserted, patched }] of blocks.entries()) {
    const number = from + index;
    rows.during(eventOf(number, 0, number), () => {
      for (const table of tableNames) insertRow(rows, table, number, inserted[table]);
    });
    for (const [position, { table, row, values }] of patched.entries()) {
      const target = row % (number + 1);
      rows.during(eventOf(number, position + 1, target), () => {
        rows.one(table, rowId(table, target)).update(values);
      });
    }
  }
  await saveEffect(client, { chainId, effect: effectOf(rows), final: null });
  const held = new Map<string, AnyRow>();
  for (const [table, ids] of wanted.rows) {
    for (const id of ids) held.set(keyOf(table, id), rows.one(table, id).row as unknown as AnyRow);
  }
  return held;
}
