/** A long journal: queries of the audit trail for its newest entries, a time or a record read only those entries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ownMigrationsFolder } from '../../src/db/migrations/files.ts';
import { required } from '../../src/primitives/errors.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillJournal } from '../support/journal-entries.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { openSeedDatabase } from './seed/database.ts';

const entries = 200_000;

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await fillJournal(client, entries);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

it.each([
  ['the newest', 'order by changed_at desc limit 20', /recorded_at/, 20],
  [
    'the newest before a time',
    `where changed_at < '2024-01-01 05:00Z' order by changed_at desc limit 20`,
    /recorded_at/,
    20,
  ],
  [
    'a time',
    `where changed_at >= '2024-01-01 05:00Z' and changed_at < '2024-01-01 05:01Z'`,
    /recorded_at/,
    100,
  ],
  [
    'a record',
    `where table_name = 'checkpoints' and record_id = md5('row 77')::uuid order by changed_at`,
    /row_id/,
    5,
  ],
])('a query for %s uses an index and reads only its result', async (_, condition, index, rows) => {
  const { rows: found } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
    `explain (analyze, format json) select * from audit_logs ${condition}`,
  );
  const plan = found[0]?.['QUERY PLAN'][0]?.Plan;
  const nodes = plan === undefined ? [] : nodesOf(plan);
  expect(plan?.['Actual Rows']).toBe(rows);
  const ofTheJournal = nodes.filter((node) => node['Relation Name']?.startsWith('journal_') === true);
  expect(ofTheJournal.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  expect(ofTheJournal.some((node) => index.test(node['Index Name'] ?? ''))).toBe(true);
  // No plan node, in particular no sort, processes more rows than the query returns.
  expect(Math.max(...nodes.map((node) => node['Actual Rows'] * node['Actual Loops']))).toBeLessThanOrEqual(
    100,
  );
});

/** The original view: it computes each entry separately, and its plan ignores the order. */
function firstDefinition(): string {
  const text = readFileSync(join(ownMigrationsFolder, '0013_audit_trail.sql'), 'utf8');
  const statement = text
    .split('--> statement-breakpoint')
    .find((each) => each.includes('CREATE VIEW public.audit_logs'));
  return required(statement, 'the definition').replace('VIEW public.audit_logs', 'TEMPORARY VIEW as_it_was');
}

it('returns the same entries as a separate computation of each: blocks, reorgs, replays, repairs and the application', async () => {
  await using life = await openSeedDatabase();
  await life.live(400);
  await life.client.query(firstDefinition());
  await life.client.query(`
    update users set first_name = 'Ann';
    insert into compliance_standards (standard_code) values ('ISO 1');
    delete from compliance_standards where standard_code = 'ISO 1';
    insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, before)
    select chain_id, block_number, table_id, row_id, case when sequence % 4 = 0 then 'D' else 'U' end, 1 + sequence % 3,
      ledger.row_image(table_id, row_id)
    from ledger.journal where sequence % 5 = 0`);
  const { causes } = await life.row<{ causes: string }>(
    `select string_agg(distinct cause, ' ' order by cause) as causes from as_it_was`,
  );
  expect(causes).toBe('application block reorg repair replay');
  expect(
    await life.rows(`
      (select 'gone', * from as_it_was except all select 'gone', * from audit_logs)
      union all (select 'new', * from audit_logs except all select 'new', * from as_it_was)`),
  ).toEqual([]);
  const columns = `select attname, atttypid::regtype::text from pg_attribute where attnum > 0 and attrelid =`;
  expect(await life.rows(`${columns} 'audit_logs'::regclass order by attnum`)).toEqual(
    await life.rows(`${columns} 'as_it_was'::regclass order by attnum`),
  );
});
