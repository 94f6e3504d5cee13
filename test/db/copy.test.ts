import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, withClient, withTransaction } from '../../src/db/client.ts';
import { copyRows, hexArrayColumn, hexColumn, plainColumn, textColumn } from '../../src/db/copy.ts';
import type { Hex } from '../../src/primitives/hex.ts';
import { openDatabase } from '../support/drizzle.ts';
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

/** Several megabytes: many times the size of one write to the server. */
function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_, id) => ({ id, note: `row ${id} `.repeat(20) }));
}

describe('rows that are copied', () => {
  it('copied rows arrive unchanged, few or many', async () => {
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

describe('rows that are written on a pipelined connection', () => {
  interface Kinds {
    readonly id: number;
    readonly note: string | null;
    readonly hash: Hex | null;
    readonly topics: readonly Hex[];
    readonly image: string | null;
  }
  const rows: Kinds[] = [
    {
      id: 1,
      note: 'tab\tquote" \\ line\n \u2028 \u{1F600}',
      hash: '0x12ab',
      topics: ['0x12', '0x'],
      image: '{"wei":1.50,"of":"\\\\x12","none":null}',
    },
    { id: 2, note: null, hash: null, topics: [], image: null },
  ];

  it.each([false, true])(
    'rows have the same values on a pipelined and on a plain connection (pipelined: %s)',
    async (isPipelined) => {
      const pool = createPool({
        connectionString: database.url,
        applicationName: 'copy test',
        onConnectionError: () => undefined,
        isPipelined,
      });
      try {
        const written = await withTransaction(pool, async (connection) => {
          await connection.query(
            'create temporary table kinds (id int, note text, hash bytea, topics bytea[], image jsonb) on commit drop',
          );
          await copyRows(
            connection,
            'kinds',
            [
              plainColumn<Kinds>('id', ({ id }) => id),
              textColumn<Kinds>('note', ({ note }) => note),
              hexColumn<Kinds>('hash', ({ hash }) => hash),
              hexArrayColumn<Kinds>('topics', ({ topics }) => topics),
              textColumn<Kinds>('image', ({ image }) => image),
            ],
            rows,
          );
          const { rows: found } = await connection.query(
            'select id, note, hash::text, topics::text, image::text from kinds order by id',
          );
          return found;
        });
        expect(written).toEqual([
          {
            id: 1,
            note: rows[0]?.note,
            hash: String.raw`\x12ab`,
            topics: String.raw`{"\\x12","\\x"}`,
            image: String.raw`{"of": "\\x12", "wei": 1.50, "none": null}`,
          },
          { id: 2, note: null, hash: null, topics: '{}', image: null },
        ]);
      } finally {
        await pool.end();
      }
    },
  );
});

it.each([false, true])(
  'a row that cannot be encoded fails the whole COPY, and the connection remains usable (pipelined: %s)',
  async (isPipelined) => {
    await using opened = openDatabase({
      connectionString: database.url,
      applicationName: 'copy test',
      onConnectionError: () => undefined,
      maximumConnections: 1,
      isPipelined,
    });
    const note = textColumn<Row>('note', ({ id }) => {
      if (id === 20_000) throw new RangeError('no such note');
      return 'note';
    });
    await withClient(opened.pool, async (connection) => {
      await expect(
        copyRows(connection, 'copied', [plainColumn<Row>('id', ({ id }) => id), note], manyRows(30_000)),
      ).rejects.toThrow('no such note');
      await copyRows(connection, 'copied', columns, manyRows(3));
      const { rows: counts } = await connection.query('select count(*)::int as count from copied');
      expect(counts).toEqual([{ count: 3 }]);
    });
  },
);

describe('a COPY that PostgreSQL refuses', () => {
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

  const cases = [false, true].flatMap((isPipelined) =>
    Object.entries(refusals).map(([name, refusal]) => ({ name, isPipelined, ...refusal })),
  );

  it.each(cases)(
    '$name: the error has its code, and the connection remains usable (pipelined: $isPipelined)',
    async ({ table, rows, code, isPipelined }) => {
      await using opened = openDatabase({
        connectionString: database.url,
        applicationName: 'copy test',
        onConnectionError: () => undefined,
        maximumConnections: 1,
        isPipelined,
      });
      await withClient(opened.pool, async (connection) => {
        await connection.query('begin');
        const copies = [copyRows(connection, table, columns, rows)];
        if (!isPipelined) await Promise.allSettled(copies);
        copies.push(copyRows(connection, 'copied', columns, manyRows(1)));
        const refused = { status: 'rejected', reason: expect.objectContaining({ code }) };
        const ignored = { status: 'rejected', reason: expect.objectContaining({ code: '25P02' }) };
        expect(await Promise.allSettled(copies)).toEqual([refused, ignored]);
        await connection.query('rollback');
        await copyRows(connection, 'copied', columns, manyRows(3));
        const { rows: counts } = await connection.query('select count(*)::int as count from copied');
        expect(counts).toEqual([{ count: 3 }]);
      });
    },
  );
});
