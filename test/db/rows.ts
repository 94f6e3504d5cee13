/** Rows for every table, generated from the schema, so that new columns are covered automatically. */
import { randomBytes, randomUUID } from 'node:crypto';
import { getTableColumns, is } from 'drizzle-orm';
import { getTableConfig, type PgColumn, PgEnumColumn, PgTable } from 'drizzle-orm/pg-core';
import { schema } from '../../src/tracechain/index.ts';

type Row = Record<string, unknown>;

/** The values of a row. */
export interface Filling {
  /** For columns that contain text from a contract or the application. */
  readonly text: string;
  readonly amount: bigint;
  readonly instant: bigint;
}

/** Texts of the program itself, which are almost unique. Columns listed here never contain text from a contract. */
const ownNames = new Set([
  'compliance_standards.category',
  'contracts.kind',
  'contracts.source',
  'coverage.completeness',
  'cursors.stream',
  'factory_contracts.kind',
  'maintenance_runs.task',
  'parked.stream',
  'projection_versions.area',
  'quarantine.area',
  'quarantine.stage',
  'settings.key',
  'staking_pools.pool_type',
  'system_events.event_type',
  'users.email',
  'users.username',
]);

/** All tables, parents before children. */
export function tablesInOrder(): PgTable[] {
  const tables = Object.values(schema).filter((value): value is Extract<typeof value, PgTable> =>
    is(value, PgTable),
  );
  const ordered = new Set<PgTable>();
  const visit = (table: PgTable) => {
    if (ordered.has(table)) return;
    for (const key of getTableConfig(table).foreignKeys) visit(key.reference().foreignTable);
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}

/**
 * One row per table, each with references to its parents among `rows`. `number` distinguishes the rows of one table. Generated columns are
 * omitted.
 */
export function fillRow(
  table: PgTable,
  rows: ReadonlyMap<PgTable, Row>,
  number: number,
  filling: Filling,
): Row {
  const { name: tableName, foreignKeys } = getTableConfig(table);
  const parents = new Map<string, unknown>();
  for (const key of foreignKeys) {
    const { columns, foreignTable } = key.reference();
    for (const column of columns) parents.set(column.name, rows.get(foreignTable)?.['id']);
  }
  const row: Row = {};
  for (const [property, column] of Object.entries<PgColumn>(getTableColumns<PgTable>(table))) {
    if (column.generated !== undefined || column.generatedIdentity !== undefined) continue;
    const isOwnName = ownNames.has(`${tableName}.${column.name}`);
    row[property] =
      parents.get(column.name) ??
      fillColumn(column, number, isOwnName ? { ...filling, text: `name ${number}` } : filling);
  }
  return row;
}

function fillColumn(column: PgColumn, number: number, filling: Filling): unknown {
  if (is(column, PgEnumColumn)) return column.enumValues[0];
  const type = column.getSQLType();
  switch (type) {
    case 'text':
      return column.columnType === 'PgText' ? filling.text : hexText(column.name, number);
    case 'text[]':
      return column.name === 'inexact_columns' ? ['a_column', 'another'] : [filling.text, '', 'x'];
    case 'numeric(78,0)':
      return filling.amount;
    case 'numeric(78,18)':
      return filling.amount;
    case 'numeric':
      return `${filling.amount}.5`;
    case 'timestamp with time zone':
      return filling.instant;
    case 'jsonb':
      return { text: filling.text, [filling.text.slice(0, 1000)]: [filling.text, null, true, 1.5] };
    case 'boolean':
      return true;
    case 'uuid':
      return randomUUID();
    case 'bytea':
      return randomBytes(32);
    case 'bytea[]':
      return [randomBytes(32), randomBytes(32)];
    case 'char(1)':
      return 'U';
    case 'bigint':
    case 'integer':
    case 'smallint':
      return number;
    default:
      throw new Error(`no value for ${column.name} of type ${type}`);
  }
}

function hexText(name: string, number: number): string {
  const bytes = name.includes('hash') || name.endsWith('key') ? 32 : 20;
  return `0x${number.toString(16).padStart(bytes * 2, '0')}`;
}
