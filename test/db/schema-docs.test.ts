import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commentStatements } from '../../schema-docs/comment-statements.ts';
import { viewExamples } from '../../schema-docs/examples.ts';
import { renderCatalogue, schemaFile } from '../../schema-docs/files.ts';
import { queryOfIndex } from '../../schema-docs/index-query.ts';
import { exampleOf, renderSchema } from '../../schema-docs/render.ts';
import { type Catalogue, readCatalogue } from '../../src/db/catalogue.ts';
import { catalogueFile, verifyCatalogue } from '../../src/db/verify.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let client: Client;
let catalogue: Catalogue;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  catalogue = await readCatalogue(client);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the schema documents itself', () => {
  test('every table, view, column and function has a comment', () => {
    const relations = Object.entries(catalogue.relations);
    const without = [
      ...relations.filter(([, { comment }]) => comment === null).map(([name]) => name),
      ...relations.flatMap(([name, { columns }]) =>
        Object.entries(columns)
          .filter(([, { comment }]) => comment === null)
          .map(([column]) => `${name}.${column}`),
      ),
      ...Object.entries(catalogue.functions)
        .filter(([, { comment }]) => comment === null)
        .map(([name]) => name),
    ];
    expect(without).toEqual([]);
  });

  test('the comments equal those in the table descriptors and schema-docs/view-comments.ts: no migration is missing', () => {
    expect(commentStatements(catalogue)).toEqual([]);
  });

  test('SCHEMA.md is up to date (npm run generate)', () => {
    expect(readFileSync(schemaFile, 'utf8')).toBe(renderSchema(catalogue));
  });

  test('every view and every function of public has an example', () => {
    const views = Object.entries(catalogue.relations)
      .filter(([, { kind }]) => kind.endsWith('view'))
      .map(([name]) => name);
    expect(views.filter((name) => viewExamples[name] === undefined)).toEqual([]);
    const functions = Object.entries(catalogue.functions).filter(
      ([name, { isTrigger }]) => name.startsWith('public.') && !isTrigger,
    );
    expect(functions.filter((entry) => exampleOf(...entry) === undefined).map(([name]) => name)).toEqual([]);
  });

  test('the examples run', async () => {
    await client.query('select refresh_materialized_views()');
    const examples = [
      ...Object.values(viewExamples),
      ...Object.entries(catalogue.functions).flatMap((entry) => exampleOf(...entry) ?? []),
    ];
    expect(examples.length).toBeGreaterThan(15);
    for (const example of examples) {
      await client.query('begin');
      await expect(client.query(example), example).resolves.toBeDefined();
      await client.query('rollback');
    }
  });

  test('every index has a documented query that uses it', async () => {
    await client.query('set enable_seqscan = off');
    const unserved: string[] = [];
    for (const [table, { indexes, kind }] of Object.entries(catalogue.relations)) {
      if (kind === 'partitioned table') continue;
      for (const [index, { definition }] of Object.entries(indexes)) {
        const query = queryOfIndex(table, definition);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${query}`);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        if (!/Index|Bitmap/.test(plan)) unserved.push(`${index}: ${query}`);
      }
    }
    expect(unserved).toEqual([]);
  });
});

describe('the stored catalogue', () => {
  test('the stored catalogue equals that of a migrated database (npm run generate)', () => {
    expect(readFileSync(catalogueFile, 'utf8')).toBe(renderCatalogue(catalogue));
  });

  test('the comparison accepts a migrated, unchanged database', async () => {
    expect(await verifyCatalogue(client)).toEqual([]);
  });

  test('the comparison reports removed, changed and added objects', async () => {
    await client.query(`
      begin;
      drop index public.products_batch_number_index;
      alter table public.products alter column is_active drop not null;
      create table public.of_the_operator (id int primary key);
      drop table public.token_balances cascade`);
    const differences = await verifyCatalogue(client);
    await client.query('rollback');
    expect(differences).toContainEqual({
      kind: 'missing',
      what: 'public.products · indexes · products_batch_number_index',
      expected: 'there',
      found: null,
    });
    expect(differences).toContainEqual({
      kind: 'different',
      what: 'public.products · columns · is_active · nullable',
      expected: 'false',
      found: 'true',
    });
    expect(differences.filter(({ what }) => what.startsWith('public.token_balances'))).toHaveLength(1);
    expect(differences.filter(({ what }) => what.startsWith('public.of_the_operator'))).toMatchObject([
      { kind: 'extra' },
    ]);
  });
});
