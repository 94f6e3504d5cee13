/**
 * Checks what every chain-derived table must have in the database besides its columns: its entry in ledger.chain_tables, its as-of
 * function, its triggers, its comments. A migration can forget each of them. The stored catalogue does not show that, because it is
 * made from the same migrations.
 */
import { getTableName } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { ClientBase } from 'pg';
import {
  applicationColumns,
  chainTable,
  chainTableNames,
  derivedColumns,
  journaledColumns,
  type ChainTableName,
} from '../engine/tables.ts';

export interface ChainTableFault {
  readonly kind: 'missing' | 'different';
  /** The part that is missing or different. */
  readonly part: Part;
  /** `ledger.products_as_of · columns` */
  readonly what: string;
  readonly expected: string;
  readonly found: string | null;
  /** The statement that corrects it. */
  readonly fix: string;
}

type Part = 'table' | 'entry' | 'as-of function' | 'trigger' | 'comment';

interface FoundTable {
  readonly name: string;
  readonly comment: string | null;
  /** The existing columns in their order. */
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly isGenerated: boolean;
    readonly isNullable: boolean;
    readonly comment: string | null;
  }[];
  readonly entry: {
    readonly id: number;
    readonly application: readonly string[];
    readonly derived: readonly string[];
  } | null;
  /** The as-of function's columns, each with its type; null if the function is missing. */
  readonly asOf: readonly string[] | null;
  /** Enabled triggers by name, with the columns whose update fires them. */
  readonly triggers: Readonly<Record<string, readonly string[]>>;
}

const guardFix = 'SELECT ledger.guard_chain_tables();';
const order = (names: Iterable<string>): string => [...names].toSorted().join(', ');

/** Returns the faults of all chain-derived tables of src/engine/tables.ts, in its order; empty if there are none. */
export async function verifyChainTables(client: ClientBase): Promise<ChainTableFault[]> {
  const names = chainTableNames().map((name) => getTableName(chainTable(name).table));
  const { rows } = await client.query<FoundTable>(foundTables, [names]);
  const found = new Map(rows.map((table) => [table.name, table]));
  return chainTableNames().flatMap((name) => {
    const table = found.get(getTableName(chainTable(name).table));
    if (table !== undefined) return faultsOf(name, table);
    const what = `public.${getTableName(chainTable(name).table)}`;
    return [missing('table', what, 'Make a migration that creates the table: npm run generate')];
  });
}

function faultsOf(name: ChainTableName, table: FoundTable): ChainTableFault[] {
  return [
    ...entryFaults(name, table),
    ...asOfFaults(name, table),
    ...triggerFaults(name, table),
    ...commentFaults(table),
  ];
}

function missing(part: Part, what: string, fix: string): ChainTableFault {
  return { kind: 'missing', part, what, expected: 'there', found: null, fix };
}

function different(
  part: Part,
  what: string,
  expected: string,
  found: string,
  fix: string,
): ChainTableFault[] {
  return expected === found ? [] : [{ kind: 'different', part, what, expected, found, fix }];
}

/** The columns that the fold does not own, by their names in SQL. */
function othersColumns(name: ChainTableName): { application: string[]; derived: string[] } {
  const namesOf = (columns: Readonly<Record<string, PgColumn>>): string[] =>
    Object.values(columns).map((column) => column.name);
  return { application: namesOf(applicationColumns(name)), derived: namesOf(derivedColumns(name)) };
}

function entryFaults(name: ChainTableName, { name: table, entry }: FoundTable): ChainTableFault[] {
  const { application, derived } = othersColumns(name);
  const { id } = chainTable(name);
  const arrayOf = (columns: readonly string[]): string => `'{${columns.join(',')}}'`;
  const what = `ledger.chain_tables · ${table}`;
  if (entry === null) {
    return [
      missing(
        'entry',
        what,
        'INSERT INTO ledger.chain_tables (table_id, table_name, application_columns, derived_columns) ' +
          `VALUES (${id}, '${table}', ${arrayOf(application)}, ${arrayOf(derived)});`,
      ),
    ];
  }
  const mend = (column: string, value: string): string =>
    `UPDATE ledger.chain_tables SET ${column} = ${value} WHERE table_name = '${table}';`;
  return [
    ...different('entry', `${what} · table_id`, String(id), String(entry.id), mend('table_id', String(id))),
    ...different(
      'entry',
      `${what} · application_columns`,
      order(application),
      order(entry.application),
      mend('application_columns', arrayOf(application)),
    ),
    ...different(
      'entry',
      `${what} · derived_columns`,
      order(derived),
      order(entry.derived),
      mend('derived_columns', arrayOf(derived)),
    ),
  ];
}

function asOfFaults(name: ChainTableName, { name: table, columns, asOf }: FoundTable): ChainTableFault[] {
  const fix = 'SELECT ledger.make_as_of_functions();';
  const what = `ledger.${table}_as_of(bigint, bigint)`;
  if (asOf === null) return [missing('as-of function', what, fix)];
  const owned = new Set(Object.values(journaledColumns(name)).map((column) => column.name));
  const expected = columns.filter((column) => owned.has(column.name));
  return different(
    'as-of function',
    `${what} · columns`,
    order(expected.map((column) => `${column.name} ${column.type}`)),
    order(asOf),
    `DROP FUNCTION ${what}; ${fix}`,
  );
}

function triggerFaults(
  name: ChainTableName,
  { name: table, columns, triggers }: FoundTable,
): ChainTableFault[] {
  const { application } = othersColumns(name);
  const isShared = columns.some((column) => column.name === 'chain_id' && column.isNullable);
  const guarded = columns.filter((column) => !column.isGenerated && !application.includes(column.name));
  const expected = new Map<string, readonly string[]>([
    ['chain_column_refused', guarded.map((column) => column.name)],
    ['chain_row_refused', []],
    ...(application.length > 0 ? [['application_columns_recorded', application] as const] : []),
    ...(isShared ? sharedTriggers.map((trigger) => [trigger, []] as const) : []),
  ]);
  return [...expected].flatMap(([trigger, ofColumns]) => {
    const what = `public.${table} · triggers · ${trigger}`;
    const found = triggers[trigger];
    if (found === undefined) return [missing('trigger', what, guardFix)];
    return different('trigger', `${what} · columns`, order(ofColumns), order(found), guardFix);
  });
}

const sharedTriggers = [
  'chain_row_delete_refused',
  'insert_recorded',
  'update_recorded',
  'delete_recorded',
] as const;

function commentFaults({ name: table, comment, columns }: FoundTable): ChainTableFault[] {
  const faults =
    comment === null
      ? [missing('comment', `public.${table} · comment`, `COMMENT ON TABLE public.${table} IS '…';`)]
      : [];
  for (const column of columns) {
    if (column.comment !== null) continue;
    const fix = `COMMENT ON COLUMN public.${table}.${column.name} IS '…';`;
    faults.push(missing('comment', `public.${table} · columns · ${column.name} · comment`, fix));
  }
  return faults;
}

const foundTables = `
  select relation.relname as name, obj_description(relation.oid, 'pg_class') as comment,
    (select jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, null), 'isGenerated', attgenerated <> '',
        'isNullable', not attnotnull, 'comment', col_description(attrelid, attnum)) order by attnum)
     from pg_attribute where attrelid = relation.oid and attnum > 0 and not attisdropped) as columns,
    (select jsonb_build_object('id', table_id, 'application', application_columns, 'derived', derived_columns)
     from ledger.chain_tables where table_name = relation.relname) as entry,
    (select (select coalesce(jsonb_agg(told.name || ' ' || format_type(told.type, null)), '[]')
             from unnest(proargnames, proallargtypes, proargmodes) as told (name, type, mode) where told.mode = 't')
     from pg_proc where oid = to_regprocedure(format('ledger.%I(bigint, bigint)', relation.relname || '_as_of'))) as "asOf",
    (select coalesce(jsonb_object_agg(tgname, (
        select coalesce(jsonb_agg(attname), '[]') from pg_attribute where attrelid = relation.oid and attnum = any (tgattr))), '{}')
     from pg_trigger where tgrelid = relation.oid and not tgisinternal and tgenabled in ('O', 'A')) as triggers
  from pg_class as relation
  where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p') and relation.relname = any ($1::text[])`;
