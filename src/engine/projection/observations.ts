/**
 * Observations in the fold. A row takes the values that were observed at its contract. If the row does not
 * exist, an observation of all its values makes it. An observation comes from no log, so it follows all logs
 * of its block and has no transaction.
 */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { ChainEvent } from '../contract/events.ts';
import { chainTable, chainTableNames, journaledColumns, type ChainTableName } from '../tables.ts';
import { provenance } from '../../db/columns.ts';
import { hexToBytes, toHex } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { Entity } from './entity.ts';
import { EffectError, type RowValue } from './shape.ts';
import type { EventHandler, ObservedRow, Projection } from './projection.ts';

/** What an observation changes in the area that it concerns. */
interface Observation {
  readonly observed: ObservedRow;
  readonly entity: Entity<ChainTableName>;
}

/** Returns an area's handler for observations; it ignores rows of other areas. */
export function observationHandler(projection: Projection): EventHandler<ChainEvent, Observation | null> {
  return {
    entities(event, load) {
      const observed = observedRow(event, projection);
      return observed === null ? null : { observed, entity: load.one(observed.table, observed.id) };
    },
    apply(_event, observation, write) {
      if (observation === null) return;
      const { observed, entity } = observation;
      projection.onObserved?.(observed, write);
      if (entity.row !== undefined) {
        entity.update(observed.patch);
        return;
      }
      if (!isWholeRow(observed.table, Object.keys(observed.patch)))
        throw new EffectError(`${observed.table} ${observed.id}, which was observed, isn't there`);
      // The patch has a value for each column of the table, as `isWholeRow` checked.
      entity.insert(observed.patch);
    },
  };
}

/** Columns that every new row fills by itself. */
const givenColumns: ReadonlySet<string> = new Set([
  ...Object.keys(provenance()),
  'id',
  'inexactColumns',
  'createdAt',
]);

/** Returns whether these properties suffice to make a row of the table. */
export function isWholeRow(table: ChainTableName, properties: readonly string[]): boolean {
  const own = Object.keys(journaledColumns(table)).filter((property) => !givenColumns.has(property));
  return own.every((property) => properties.includes(property));
}

function observedRow({ args }: ChainEvent, { tables }: Projection): ObservedRow | null {
  const table = chainTableNames().find((name) => chainTable(name).id === args['tableId']);
  if (table === undefined || !tables.includes(table)) return null;
  const values = args['values'] as Readonly<Record<string, RowValue>>;
  const columns = Object.entries(getTableColumns<PgTable>(chainTable(table).table));
  const patch = columns.flatMap(([property, column]): [string, RowValue][] => {
    const value = values[column.name];
    return value === undefined ? [] : [[property, decoded(column, value)]];
  });
  return { table, id: args['recordId'] as Uuid, patch: Object.fromEntries(patch) };
}

/** Decodes a value from JSON, which has neither large integers nor bytes. */
function decoded(column: PgColumn, value: RowValue): RowValue {
  const sqlType = column.getSQLType().replaceAll(' ', '');
  if (sqlType === 'bytea' && typeof value === 'string') return hexToBytes(toHex(value));
  const isWhole = /^numeric\(78,(?:0|18)\)$/.test(sqlType) || sqlType.startsWith('timestamp');
  return isWhole && typeof value === 'string' ? BigInt(value) : value;
}
