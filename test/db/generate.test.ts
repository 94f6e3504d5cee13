/** Runs `npm run generate` in a copy of the repository in which a developer changes the schema. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getTableName } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asOfSignature, asOfStatements } from '../../schema-docs/as-of-function.ts';
import { chainTable, chainTableNames } from '../../src/engine/tables.ts';
import { tableIds } from '../../src/tracechain/index.ts';
import { createMigratedDatabase } from '../support/postgres.ts';

/** What the next new table gets. */
const nextId = Math.max(...Object.values(tableIds)) + 1;

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'generate-'));
  for (const path of [
    'src',
    'abis',
    'drizzle',
    'schema-docs',
    'docs',
    'SCHEMA.md',
    'package.json',
    'drizzle.config.ts',
    'tsconfig.json',
  ])
    await cp(path, join(copy, path), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
});

afterAll(async () => {
  await rm(copy, { recursive: true });
});

async function generate(): Promise<string> {
  const database = await createMigratedDatabase();
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['schema-docs/generate.ts', '--database', database.url],
      { cwd: copy },
    );
    return stdout;
  } finally {
    await database.drop();
  }
}

async function contents(): Promise<Record<string, string>> {
  const files = (await readdir(join(copy, 'drizzle'), { recursive: true })).filter((file) =>
    file.includes('.'),
  );
  const paths = [
    ...files.map((file) => `drizzle/${file}`),
    'SCHEMA.md',
    'src/tracechain/table-ids.lock.json',
  ];
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(copy, path), 'utf8')])),
  ) as Record<string, string>;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const file = join(copy, path);
  await writeFile(file, change(await readFile(file, 'utf8')));
}

/** The statements of the single migration that `generate` adds. */
async function generatedStatements(): Promise<string[]> {
  const before = await contents();
  await generate();
  const after = await contents();
  const added = Object.keys(after).filter((path) => path.endsWith('.sql') && !(path in before));
  expect(added).toHaveLength(1);
  const text = after[added[0] ?? ''] ?? '';
  return text.split('--> statement-breakpoint').map((statement) => statement.trim());
}

/** The beginning of each statement, which shows the kinds and their order. */
const beginnings = (statements: readonly string[]): string[] =>
  statements.map((statement) => (/^[^(;=']+/.exec(statement.replaceAll('"', ''))?.[0] ?? '').trim());

test('generate writes nothing if the migrations produce the current schema', async () => {
  const before = await contents();
  expect(await generate()).toContain('no migration is needed');
  expect(await contents()).toEqual(before);
});

test('generate adds a new chain-derived table’s id, entry, guards, as-of function and comments in one migration', async () => {
  await edit(
    'src/tracechain/products/tables.ts',
    (text) => `${text.replace('import { application,', 'import { link, application,')}
export const productRecalls = table(
  'product_recalls',
  'One row per recall of a product.',
  {
    columns: {
      id: derivedId(),
      productId: link(uuidRef('product_id').references(() => products.id), 'The product.'),
      reason: column(text('reason'), 'In words.'),
      note: application(text('note'), 'The application’s remark.'),
      ...provenance(),
    },
    label: \`'recall of ' || product_id\`,
  },
  (columns) => [provenanceCheck('product_recalls'), index('product_recalls_product_id_index').on(columns.productId)],
);
`,
  );
  const statements = await generatedStatements();
  expect(statements).toContain(
    `INSERT INTO ledger.chain_tables (table_id, table_name, application_columns, derived_columns) VALUES (${nextId}, 'product_recalls', '{note}', '{product_id}');`,
  );
  expect(statements).toContain(
    `COMMENT ON COLUMN "public"."product_recalls"."note" IS 'The application’s remark.';`,
  );
  const begin = beginnings(statements);
  const order = [
    'CREATE TABLE product_recalls',
    'INSERT INTO ledger.chain_tables',
    'SELECT ledger.guard_chain_tables',
    'CREATE FUNCTION ledger.product_recalls_as_of',
    'COMMENT ON TABLE public.product_recalls IS',
  ].map((wanted) => begin.indexOf(wanted));
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(begin.filter((statement) => statement.startsWith('CREATE FUNCTION'))).toHaveLength(1);
  expect((await contents())['src/tracechain/table-ids.lock.json']).toContain(`"product_recalls": ${nextId}`);
  expect((await contents())['SCHEMA.md']).toContain('### `product_recalls`');
});

test('after a dropped column, a changed owner and a changed comment, generate recreates only that table’s as-of function', async () => {
  await edit('src/tracechain/products/tables.ts', (text) =>
    text
      .replace("      reason: column(text('reason'), 'In words.'),\n", '')
      .replace("note: application(text('note')", "note: column(text('note')")
      .replace('One row per recall of a product.', 'One row per recall.'),
  );
  const statements = await generatedStatements();
  expect(beginnings(statements)).toEqual([
    'DROP FUNCTION ledger.product_recalls_as_of',
    'DROP TRIGGER IF EXISTS chain_column_refused ON public.product_recalls',
    'DROP TRIGGER IF EXISTS application_columns_recorded ON public.product_recalls',
    'ALTER TABLE product_recalls DROP COLUMN reason',
    'UPDATE ledger.chain_tables SET application_columns',
    'SELECT ledger.guard_chain_tables',
    'CREATE FUNCTION ledger.product_recalls_as_of',
    'COMMENT ON FUNCTION ledger.product_recalls_as_of',
    'COMMENT ON TABLE public.product_recalls IS',
  ]);
});

test('generate leaves no migration behind if PostgreSQL refuses the schema', async () => {
  const before = await contents();
  await edit('src/tracechain/products/tables.ts', (text) =>
    text.replace("provenanceCheck('product_recalls')", "check('refused', sql`no_such_column`)"),
  );
  await edit('src/tracechain/products/tables.ts', (text) =>
    text.replace('import { boolean,', 'import { check, boolean,'),
  );
  await expect(generate()).rejects.toThrow('no_such_column');
  expect(await contents()).toEqual(before);
});

test('generated as-of functions equal those of ledger.make_as_of_functions()', async () => {
  const database = await createMigratedDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const definitions = async (): Promise<unknown[]> => {
      const { rows } = await client.query(
        `select pg_get_functiondef(oid) as definition, obj_description(oid) as comment from pg_proc
         where pronamespace = 'ledger'::regnamespace and proname like '%\\_as\\_of' order by proname`,
      );
      return rows;
    };
    const made = await definitions();
    expect(made.length).toBeGreaterThanOrEqual(chainTableNames().length);
    for (const name of chainTableNames()) {
      await client.query(`drop function ${asOfSignature(getTableName(chainTable(name).table))}`);
      for (const statement of asOfStatements(name)) await client.query(statement);
    }
    expect(await definitions()).toEqual(made);
  } finally {
    await client.end();
    await database.drop();
  }
});
