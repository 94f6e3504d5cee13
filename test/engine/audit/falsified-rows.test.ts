/**
 * Tests the audit itself: each chain-owned column is falsified in some row without the indexer's knowledge, and the audit must report
 * exactly those values. The same holds for deleted rows, and for rows that no log made.
 */
import { getTableName } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditResult } from '../../../src/engine/audit/findings/result.ts';
import { chainTable, journaledColumns } from '../../../src/engine/tables.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';
import { devnetTables } from '../../support/devnet-areas.ts';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(23, 500);
}, 120_000);

afterAll(async () => await chain.close());

test('a clean database has no findings, and all invariants hold', async () => {
  const { findings, invariants, rows, entities, fields } = await chain.audit();
  expect(findings).toEqual([]);
  expect(invariants.filter(({ holds }) => !holds)).toEqual([]);
  expect(rows).toBeGreaterThan(1_000);
  expect(entities).toBeGreaterThan(200);
  expect(fields).toBeGreaterThan(10 * rows);
}, 30_000);

const tables = [...devnetTables].map((name) => ({
  name,
  table: getTableName(chainTable(name).table),
  columns: Object.values(journaledColumns(name)).filter((column) => column.name !== 'id'),
}));

const longest = Math.max(...tables.map(({ columns }) => columns.length));

interface Falsified {
  readonly table: string;
  readonly rowId: string;
  readonly field: string;
}

/** Each round takes the next column of every table, so the number of audits equals the number of columns of the widest table. */
test.each(Array.from({ length: longest }, (_, round) => round))(
  'the audit reports each falsified column and no other: round %i',
  async (round) => {
    const falsified: Falsified[] = [];
    const restores: string[] = [];
    for (const { table, columns } of tables) {
      const column = columns[round];
      if (column === undefined) continue;
      const rowId = await someRow(table);
      restores.push(await restoringColumn(table, rowId, column.name));
      const value = otherValue(`"${column.name}"`, column.getSQLType());
      await chain.tamper(`update public.${table} set "${column.name}" = ${value} where id = '${rowId}'`);
      falsified.push({ table, rowId, field: column.name });
    }
    const result = await chain.audit();
    await chain.tamper(...restores);
    expect(namesOf(result)).toEqual(sorted(falsified));
    expect(new Set(result.findings.map((finding) => finding.class))).toEqual(
      new Set(['application wrote a chain column']),
    );
  },
  30_000,
);

test('the audit reports a deleted row of each table and no other', async () => {
  const deleted: { table: string; rowId: string; field: null }[] = [];
  const restores: string[] = [];
  for (const { table } of tables) {
    const rowId = await someRow(table);
    restores.push(
      `insert into public.${table} select (jsonb_populate_record(null::public.${table}, ${await imageOf(table, rowId)})).*`,
    );
    await chain.tamper(`delete from public.${table} where id = '${rowId}'`);
    deleted.push({ table, rowId, field: null });
  }
  const result = await chain.audit();
  await chain.tamper(...restores);
  expect(namesOf(result)).toEqual(sorted(deleted));
  expect(result.findings.every(({ databaseValue }) => databaseValue === null)).toBe(true);
  expect(new Set(result.findings.map((finding) => finding.class))).toEqual(
    new Set(['application wrote a chain column']),
  );
}, 30_000);

test('a hash that is no hash does not end the audit that looks for what left a payment contract', async () => {
  const [payment] = await chain.query<{ id: string; address: string }>(
    `select id, smart_contract_address as address from payment_contracts where status = 'pending' and amount > 0 limit 1`,
  );
  const { id, address } = required(payment, 'a pending payment');
  const [moved] = await chain.query<{ id: string }>(
    `select id from trace_token_transactions where from_address = '${address}' limit 1`,
  );
  const movement = required(moved, 'a movement out of the payment contract').id;
  await chain.tamper(
    `update payment_contracts set amount = amount + 1000000000 where id = '${id}'`,
    `update trace_token_transactions set transaction_hash = transaction_hash || 'x' where id = '${movement}'`,
  );
  const { findings } = await chain.audit();
  await chain.tamper(
    `update payment_contracts set amount = amount - 1000000000 where id = '${id}'`,
    `update trace_token_transactions set transaction_hash = left(transaction_hash, 66) where id = '${movement}'`,
  );
  expect(new Set(findings.map(({ rowId }) => rowId))).toEqual(new Set([id, movement]));
}, 30_000);

test('the audit reports an invented row of each table and no other', async () => {
  const invented: { table: string; rowId: string; field: null }[] = [];
  for (const { table } of tables) invented.push({ table, rowId: await inventRow(table), field: null });
  const result = await chain.audit();
  await chain.tamper(
    ...invented.map(({ table, rowId }) => `delete from public.${table} where id = '${rowId}'`),
  );
  expect(namesOf(result)).toEqual(sorted(invented));
  expect(result.findings.every(({ ledgerValue }) => ledgerValue === null)).toBe(true);
}, 30_000);

test('the database is clean again after the original rows are restored', async () => {
  expect((await chain.audit()).findings).toEqual([]);
}, 30_000);

function namesOf({ findings }: AuditResult) {
  return sorted(findings.map(({ table, rowId, field }) => ({ table, rowId, field })));
}

function sorted<Name extends { readonly table: string; readonly rowId: string | null }>(
  names: Name[],
): Name[] {
  return names.toSorted((left, right) => (left.table < right.table ? -1 : 1));
}

async function someRow(table: string): Promise<string> {
  const [row] = await chain.query<{ id: string }>(
    `select id from public.${table} where chain_id is not null order by md5(id::text) limit 1`,
  );
  if (row === undefined) throw new Error(`${table} has no row to falsify`);
  return row.id;
}

async function imageOf(table: string, id: string): Promise<string> {
  const [row] = await chain.query<{ image: string }>(
    `select quote_literal(to_jsonb(stored)::text) || '::jsonb' as image from public.${table} as stored where id = '${id}'`,
  );
  return row?.image ?? 'null';
}

async function restoringColumn(table: string, id: string, column: string): Promise<string> {
  const record = `(jsonb_populate_record(stored, ${await imageOf(table, id)}))`;
  return `update public.${table} as stored set "${column}" = ${record}."${column}" where id = '${id}'`;
}

/** Far from any number that the chain uses. */
const far = 1_000_003;

/** A different value of the column's type, in SQL. */
function otherValue(column: string, sqlType: string): string {
  switch (sqlType.replaceAll(' ', '')) {
    case 'text':
      return `coalesce(${column}, '') || 'x'`;
    case 'text[]':
      return `coalesce(${column}, '{}') || 'another'::text`;
    case 'jsonb':
      return `coalesce(${column}, '{}') || '{"another": 1}'`;
    case 'timestampwithtimezone':
      return `coalesce(${column}, '2020-01-01') + interval '1 second'`;
    case 'boolean':
      return `not coalesce(${column}, false)`;
    case 'bytea':
      return `set_byte(${column}, 0, (get_byte(${column}, 0) + 1) % 256)`;
    case 'uuid':
      return `gen_random_uuid()`;
    case 'bigint':
    case 'integer':
    case 'numeric':
    case 'numeric(78,0)':
    case 'numeric(78,18)':
      return `coalesce(${column}, 0) + ${far}`;
    default:
      return `(select label from unnest(enum_range(null::${sqlType})) as label where label is distinct from ${column} limit 1)`;
  }
}

/** A copy of a row with another id, and with other values in columns of unique keys. */
async function inventRow(table: string): Promise<string> {
  const source = await someRow(table);
  const unique = await chain.query<{ name: string; type: string }>(
    `select distinct attname as name, format_type(atttypid, atttypmod) as type
     from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
     where indrelid = 'public.${table}'::regclass and indisunique and attname not in ('id', 'chain_id')`,
  );
  const others = unique.map(({ name, type }) => `'${name}', ${otherValue(`stored."${name}"`, type)}`);
  const [row] = await chain.query<{ id: string }>('select gen_random_uuid() as id');
  const id = row?.id ?? '';
  const patch = `jsonb_build_object('id', '${id}'${others.map((other) => `, ${other}`).join('')})`;
  await chain.tamper(
    `insert into public.${table} select (jsonb_populate_record(stored, ${patch})).* from public.${table} as stored where id = '${source}'`,
  );
  return id;
}
