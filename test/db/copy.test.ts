import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyRows, plainColumn, textColumn } from '../../src/db/copy.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

interface Row {
  readonly id: number;
  readonly note: string | null;
}

const columns = [plainColumn<Row>('id', ({ id }) => id), textColumn<Row>('note', ({ note }) => note)];

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('create table copied (id int primary key, note text)');
});
beforeEach(async () => {
  await client.query('truncate copied');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Some megabytes: many times what one write to the server takes. */
function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_, id) => ({ id, note: `row ${id} `.repeat(20) }));
}

describe('rows that are copied', () => {
  it('arrive as they are, few or many', async () => {
    const few = [
      { id: -1, note: 'tab\tbackslash\\ newline\n \\N' },
      { id: -2, note: null },
    ];
    await copyRows(client, 'copied', columns, few);
    await copyRows(client, 'copied', columns, manyRows(30_000));
    const { rows } = await client.query<Row>('select id, note from copied where id < 0 order by id desc');
    expect(rows).toEqual(few);
    const { rows: counts } = await client.query('select count(*)::int as count from copied');
    expect(counts).toEqual([{ count: 30_002 }]);
  });
});

describe('what PostgreSQL refuses', () => {
  const refusals = {
    'a table that is not there': { table: 'missing', rows: manyRows(1), code: '42P01' },
    'a table that is not there, for many rows': { table: 'missing', rows: manyRows(30_000), code: '42P01' },
    'one row': { table: 'copied', rows: [...manyRows(2), ...manyRows(1)], code: '23505' },
    'the first of many rows': {
      table: 'copied',
      rows: [...manyRows(1), ...manyRows(30_000)],
      code: '23505',
    },
    'the last of many rows': { table: 'copied', rows: [...manyRows(30_000), ...manyRows(1)], code: '23505' },
  };

  it.each(Object.entries(refusals))(
    '%s: is told by its code, and the connection goes on',
    async (_, { table, rows, code }) => {
      await client.query('begin');
      await expect(copyRows(client, table, columns, rows)).rejects.toMatchObject({ code });
      await expect(copyRows(client, 'copied', columns, manyRows(1))).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      await copyRows(client, 'copied', columns, manyRows(3));
      const { rows: counts } = await client.query('select count(*)::int as count from copied');
      expect(counts).toEqual([{ count: 3 }]);
    },
  );
});
