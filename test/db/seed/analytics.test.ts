/** "Analytics Tables" of the seed document, and `update_analytics()`, which updates them. */
import fc from 'fast-check';
import type { ClientBase } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from './database.ts';
import { differences, expectedFigures } from './expectations.ts';
import { generatedProvenance } from './generated-rows.ts';
import { runs } from '../../support/runs.ts';

const analyticsTables = Object.keys(expectedFigures) as (keyof typeof expectedFigures)[];

let database: SeedDatabase;

beforeAll(async () => {
  database = await openSeedDatabase();
  await database.live(1_200);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function update(client: ClientBase = database.client): Promise<{ products: number; users: number }> {
  const { rows } = await client.query<{ products: number; users: number }>(
    'select changed_products::int as products, changed_users::int as users from update_analytics()',
  );
  return rows[0] ?? { products: -1, users: -1 };
}

async function expectFigures(): Promise<void> {
  for (const table of analyticsTables)
    expect(await differences(database.client, table, expectedFigures[table]), table).toEqual([]);
}

describe('Schema Structure > Analytics Tables', () => {
  it('Product Analytics, User Analytics: one row each, with the values of independent queries', async () => {
    expect(await update()).toEqual(
      await database.row(
        'select (select count(*)::int from products) as products, (select count(*)::int from users) as users',
      ),
    );
    await expectFigures();
  });
});

describe('Functions and Procedures > Business Logic Functions > update_analytics()', () => {
  beforeEach(async () => {
    await update();
  });

  it('update_analytics() changes nothing if nothing changed', async () => {
    expect(await update()).toEqual({ products: 0, users: 0 });
    expect(await database.row('select * from update_analytics(rebuild => true)')).toEqual({
      changed_products: '0',
      changed_users: '0',
    });
  });

  it('update_analytics() keeps the figures right after rows are inserted, changed, linked, unlinked and undone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
        for (const statements of changes) await database.client.query(statements);
        await update();
        await expectFigures();
      }),
      { numRuns: runs(25, 200) },
    );
  });

  it('update_analytics() includes a transaction that commits after later ones, even after a run', async () => {
    const slow = await database.connect();
    await slow.query('begin');
    await slow.query(addCheckpoint(1, 1, 5_001));
    await slow.query(addPoints(1, 5_001));
    await database.client.query(addCheckpoint(1, 2, 5_002));
    await database.client.query(addPoints(1, 5_002));
    await update();
    await expectFigures();
    await slow.query('commit');
    expect(await update()).not.toEqual({ products: 0, users: 0 });
    await expectFigures();
  });

  it('a run that is rolled back loses no pending change', async () => {
    await database.client.query(addCheckpoint(2, 2, 5_003));
    await database.client.query('begin');
    await update();
    await database.client.query('rollback');
    await update();
    await expectFigures();
  });

  it('the figures are right if writers and runs overlap', async () => {
    const writers = await Promise.all([1, 2, 3].map(async () => await database.connect()));
    const runners = await Promise.all([1, 2].map(async () => await database.connect()));
    const written = new AbortController();
    const writing = writers.map(async (writer, number) => {
      for (let step = 0; step < 60; step += 1) {
        await writer.query('begin');
        await writer.query(addCheckpoint(step % 5, step % 7, 6_000 + step * 3 + number));
        await writer.query(addPoints(step % 5, 6_000 + step * 3 + number));
        await writer.query(step % 10 === 9 ? 'rollback' : 'commit');
      }
    });
    const running = runners.map(async (runner, number) => {
      while (!written.signal.aborted) {
        await runner.query(`select * from update_analytics(${number === 1})`);
      }
    });
    await Promise.all(writing);
    written.abort();
    await Promise.all(running);
    await update();
    await expectFigures();
  });

  it('update_analytics() recomputes everything after a TRUNCATE, and waits for writers that relied on the old figures', async () => {
    await database.client.query('truncate product_analytics, user_analytics');
    const writer = await database.connect();
    await writer.query('begin');
    await writer.query(addCheckpoint(3, 3, 5_004));
    await writer.query(addPoints(3, 5_004));
    expect(await database.row('select count(*)::int as notes from ledger.analytics_user_changes')).toEqual({
      notes: 0,
    });
    const runner = await database.connect();
    const rebuilding = update(runner);
    await expect(Promise.race([rebuilding, waitForLock(runner)])).resolves.toBe('waits');
    await writer.query('commit');
    await rebuilding;
    await expectFigures();
    expect(await update()).toEqual({ products: 0, users: 0 });
  });

  it('update_analytics() recreates deleted figures', async () => {
    await database.client.query('delete from product_analytics where total_checkpoints > 3');
    await update();
    await expectFigures();
    await database.client.query('delete from user_analytics where total_products > 0');
    await update();
    await expectFigures();
  });
});

/** Resolves when the session waits for a lock. */
async function waitForLock(client: ClientBase): Promise<string> {
  const observer = await database.connect();
  for (;;) {
    const { rows } = await observer.query(
      `select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`,
      [Reflect.get(client, 'processID')],
    );
    if (rows.length > 0) return 'waits';
  }
}

const origin = Object.keys(generatedProvenance).join(', ');
const originOf = (number: number): string =>
  Object.values(generatedProvenance).join(', ').replaceAll(/\bn\b/g, String(number));

const idOf = (table: string, number: number): string =>
  `(select id from ${table} order by id offset ${number} limit 1)`;
const productOf = (number: number): string => idOf('products', number);
const userOf = (number: number): string => idOf('users', number);

const atOf = (number: number): string => `timestamptz '2024-06-01 00:00Z' + ${number} * interval '1 hour'`;

function addCheckpoint(product: number, recorder: number, index: number): string {
  return `insert into checkpoints (id, product_id, checkpoint_index, "timestamp", stakeholder_id, created_at, ${origin})
    select md5('added checkpoint ${product} ' || ${index})::uuid, ${productOf(product)}, ${index}, ${atOf(index)},
      ${userOf(recorder)}, ${atOf(index)}, ${originOf(index)}
    where ${productOf(product)} is not null on conflict do nothing;`;
}

function addPoints(user: number, number: number): string {
  return `insert into trace_points (id, user_id, points, points_type, is_claimed, created_at, ${origin})
    values (md5('added points ' || ${number})::uuid, ${userOf(user)}, ${number}.5, 'x', false, ${atOf(number)}, ${originOf(number)})
    on conflict do nothing;`;
}

function addProduct(product: number, maker: number): string {
  return `insert into products (id, product_id, manufacturer_id, is_active, created_at, updated_at, ${origin})
    values (md5('added product ' || ${product})::uuid, ${product + 1}, ${userOf(maker)}, true, ${atOf(product)}, ${atOf(product)}, ${originOf(product)})
    on conflict do nothing;`;
}

/** Deletes children first, as an undo does. Links to the row become null automatically. */
function removeProduct(product: number): string {
  return `update compliance_checkpoints set checkpoint_id = null
      where checkpoint_id in (select id from checkpoints where product_id = ${productOf(product)});
    delete from traceability_chain where product_id = ${productOf(product)};
    delete from checkpoints where product_id = ${productOf(product)};
    delete from product_stakeholders where product_id = ${productOf(product)};
    delete from products where id = ${productOf(product)};`;
}

const product = fc.nat(70);
const user = fc.nat(25);
const number = fc.nat(1_000);
const row = fc.nat(150);

/** Statements that change the input of figures, as the fold, the links, an undo and the application do. */
const change: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(product, user).map(([made, maker]) => addProduct(made, maker)),
  product.map(removeProduct),
  fc
    .tuple(product, user)
    .map(
      ([changed, maker]) =>
        `update products set manufacturer_id = ${userOf(maker)}, is_active = not is_active where id = ${productOf(changed)};`,
    ),
  fc
    .tuple(product, user, number)
    .map(([visited, recorder, index]) => addCheckpoint(visited, recorder, 10_000 + index)),
  fc.tuple(number, user).map(
    ([index, recorder]) =>
      `update checkpoints set stakeholder_id = ${userOf(recorder)}, "timestamp" = "timestamp" - interval '1 day'
       where checkpoint_index % 100 = ${index % 100};`,
  ),
  fc.tuple(product, user).map(
    ([involving, involved]) =>
      `insert into product_stakeholders (id, product_id, stakeholder_id, is_active, ${origin})
       select gen_random_uuid(), id, ${userOf(involved)}, true, ${originOf(1)} from products where id = ${productOf(involving)}
       on conflict do nothing;`,
  ),
  fc.tuple(row, product).map(
    ([check, linked]) =>
      `update compliance_checkpoints set product_id = (select id from products where id = ${productOf(linked)})
       where id = ${idOf('compliance_checkpoints', check)};`,
  ),
  row.map(
    (check) =>
      `update compliance_checkpoints set product_id = null where id = ${idOf('compliance_checkpoints', check)};`,
  ),
  row.map(
    (check) =>
      `update compliance_checkpoints set compliance_status = case compliance_status when 'passed' then 'failed' else 'passed' end::compliance_status
       where id = ${idOf('compliance_checkpoints', check)};`,
  ),
  row.map(
    (check) => `delete from compliance_checkpoints where id = ${idOf('compliance_checkpoints', check)};`,
  ),
  fc.tuple(user, number).map(([earner, points]) => addPoints(earner, points)),
  row.map((points) => `delete from trace_points where id = ${idOf('trace_points', points)};`),
  fc
    .tuple(row, user)
    .map(
      ([points, earner]) =>
        `update trace_points set points = points + 1, user_id = ${userOf(earner)} where id = ${idOf('trace_points', points)};`,
    ),
  user.map(
    (holder) =>
      `update token_balances set balance = balance * 2 where address = (select address from token_balances order by address offset ${holder} limit 1);`,
  ),
  fc
    .tuple(row, user)
    .map(
      ([movement, mover]) =>
        `update trace_token_transactions set user_id = ${userOf(mover)} where id = ${idOf('trace_token_transactions', movement)};`,
    ),
  row.map(
    (movement) =>
      `delete from trace_token_transactions where id = ${idOf('trace_token_transactions', movement)};`,
  ),
  number.map(
    (wallet) =>
      `insert into users (wallet_address) values ('0x' || lpad(to_hex(${wallet}), 40, '1')) on conflict do nothing;`,
  ),
);
