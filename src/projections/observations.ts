/**
 * Observations in the fold: a row becomes what its contract was seen to say. Such an event comes from no log, so it stands
 * behind all logs of its block, and no transaction made it.
 */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { ChainEvent } from '../contracts/events.ts';
import { chainTableNames, chainTables, type ChainTableName } from '../db/ownership.ts';
import type { Uuid } from '../primitives/ids.ts';
import { areaTables } from './areas.ts';
import { EffectError } from './fold/effect-error.ts';
import type { Area, EventHandler } from './fold/projection.ts';
import type { RowValue } from './fold/shape.ts';

/** What an area does with an observation: nothing where its row is another area's. */
export function observationHandler(area: Area): EventHandler {
  return {
    touch(event, wanted) {
      const row = observedRow(event, area);
      if (row !== null) wanted.row(row.table, row.id);
    },
    apply(event, rows) {
      const row = observedRow(event, area);
      if (row === null) return;
      if (rows.get(row.table, row.id) === undefined)
        throw new EffectError(`${row.table} ${row.id}, which was observed, isn't there`);
      rows.update(row.table, row.id, row.patch);
    },
  };
}

interface ObservedRow {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly patch: Readonly<Record<string, RowValue>>;
}

function observedRow({ args }: ChainEvent, area: Area): ObservedRow | null {
  const table = chainTableNames.find((name) => chainTables[name].id === args['tableId']);
  if (table === undefined || !areaTables[area].includes(table)) return null;
  const values = args['values'] as Readonly<Record<string, RowValue>>;
  const columns = Object.entries(getTableColumns<PgTable>(chainTables[table].table));
  const patch = columns.flatMap(([property, column]): [string, RowValue][] => {
    const value = values[column.name];
    return value === undefined ? [] : [[property, decoded(column, value)]];
  });
  return { table, id: args['recordId'] as Uuid, patch: Object.fromEntries(patch) };
}

/** From JSON, which has no whole numbers of this size. */
function decoded(column: PgColumn, value: RowValue): RowValue {
  const sqlType = column.getSQLType().replaceAll(' ', '');
  const isWhole = /^numeric\(78,(?:0|18)\)$/.test(sqlType) || sqlType.startsWith('timestamp');
  return isWhole && typeof value === 'string' ? BigInt(value) : value;
}
