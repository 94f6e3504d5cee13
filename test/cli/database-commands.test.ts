import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMigratedDatabase, createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { runTracechain, runTracechainProcess } from './run.ts';
import type { Ran, RunOptions } from './run.ts';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return runTracechain(args, { environment: { DATABASE_URL: database.url, ...options.environment } });
}

/** With something on standard input, which only a process of its own has. */
function runWithInput(args: readonly string[], input: string): Promise<Ran> {
  return runTracechainProcess(args, { input, environment: { DATABASE_URL: database.url } });
}

const hash = `'\\x${'ab'.repeat(32)}'::bytea`;

describe('status', () => {
  test('ends with 2 if the database follows no chain yet', async () => {
    const { code, errors } = await run(['status']);
    expect(code).toBe(2);
    expect(errors).toContain('follows no chain yet');
  });

  test('shows that the head is old if no node answers, or no daemon runs', async () => {
    const event = (type: string, seconds: number) =>
      client.query(
        `insert into system_events (event_type, severity, source, event_data, created_at)
         values ($1, 'error', 'daemon', '{"chainId": 31338, "error": "nobody there"}', now() + make_interval(secs => $2))`,
        [type, seconds],
      );
    const status = async () => (await run(['status', '--chain', '31338'])).output;
    await client.query(
      `insert into ledger.chains (chain_id, genesis_hash, head_number, head_hash) values (31338, ${hash}, 7, ${hash})`,
    );
    try {
      expect(await status()).toMatch(/head +block 7 when a daemon last asked/);
      await event('node_lost', 0);
      expect(await status()).toMatch(/head +block 7 when a node last answered; none since .*: nobody there/);
      await event('node_back', 1);
      expect(await status()).not.toContain('nobody there');
    } finally {
      await client.query('delete from ledger.chains where chain_id = 31338; delete from system_events');
    }
  });

  test('shows the progress and the leader', async () => {
    await client.query(`
      insert into ledger.chains (chain_id, genesis_hash, head_number, head_hash, final_number, final_hash, completeness_level)
        values (31337, ${hash}, 120, ${hash}, 90, ${hash}, 'bloom');
      insert into ledger.cursors (chain_id, stream, block_number, block_hash, epoch)
        values (31337, 'ingest', 118, ${hash}, 1), (31337, 'projection', 110, ${hash}, 1);
      insert into ledger.leaders (chain_id, epoch, instance, host, pid) values (31337, 1, 'a', 'here', 4711);
      insert into ledger.heartbeats (chain_id, epoch, heartbeat_at) values (31337, 1, now());
      insert into ledger.contracts (chain_id, address, kind, start_block, source)
        values (31337, '\\x${'11'.repeat(20)}', 'NFTFactory', 3, 'configuration');
      insert into ledger.contracts (chain_id, address, kind, start_block, source, factory_address, registry_address)
        values (31337, '\\x${'22'.repeat(20)}', 'NFTCertificate', 7, 'factory', '\\x${'11'.repeat(20)}', '\\x${'33'.repeat(20)}')`);
    const [json, shown] = await Promise.all([run(['status', '--json']), run(['status'])]);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.output)).toMatchObject({
      chainId: 31337,
      head: 120,
      finalized: 90,
      ingested: 118,
      projected: 110,
      lagBlocks: 10,
      leader: { host: 'here', pid: 4711, since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      parked: [],
      latched: false,
      quarantined: 0,
    });
    expect(shown.code).toBe(0);
    expect(shown.output).toMatch(/^behind +10 blocks$/m);
    expect(shown.output).not.toContain(new URL(database.url).password);
  });

  test('ends with 1 if a person must act', async () => {
    await client.query(`
      insert into ledger.parked (chain_id, stream, block_number, block_hash, log_index, error_code, error, attempts)
        values (31337, 'projection', 111, ${hash}, 4, '23505', E'refused \\x1b[2J', 5);
      update ledger.chains set latched_at = now(), latch_reason = 'a reorg deeper than finality';
      update ledger.heartbeats set heartbeat_at = now() - interval '1 hour'`);
    const [json, shown] = await Promise.all([run(['status', '--json']), run(['status'])]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.output)).toMatchObject({
      leader: null,
      latched: true,
      parked: [{ stream: 'projection', blockNumber: 111, logIndex: 4, errorCode: '23505', attempts: 5 }],
    });
    expect(shown.code).toBe(1);
    expect(shown.output).toContain('a reorg deeper than finality');
    expect(shown.output).not.toContain('\u001b');
  });
});

test('contracts lists the indexed contracts and their factories', async () => {
  const [json, shown] = await Promise.all([run(['contracts', '--json']), run(['contracts'])]);
  expect(JSON.parse(json.output)).toMatchObject([
    { kind: 'NFTFactory', startBlock: 3, source: 'configuration', factory: null, indexed: true },
    {
      kind: 'NFTCertificate',
      startBlock: 7,
      factory: `0x${'11'.repeat(20)}`,
      registry: `0x${'33'.repeat(20)}`,
    },
  ]);
  expect(shown.output).toContain(`factory 0x${'11'.repeat(20)}`);
});

describe('migrate', () => {
  test('reports that no migration is pending', async () => {
    expect(await run(['migrate'])).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
  });

  test('--check ends with 1 if a migration is pending, and changes nothing', async () => {
    const fresh = await createTestDatabase();
    const environment = { DATABASE_URL: fresh.url };
    expect((await run(['migrate', '--check'], { environment })).code).toBe(1);
    expect(await run(['status'], { environment })).toMatchObject({
      code: 2,
      errors: expect.stringContaining('npx tracechain migrate'),
    });
    expect((await run(['migrate', '--json'], { environment })).code).toBe(0);
    expect((await run(['migrate', '--check'], { environment })).code).toBe(0);
    await fresh.drop();
  });
});

describe('a schema of another version', () => {
  const newer = `insert into ledger.migrations (hash, created_at) values ('of a version to come', 9e12)`;
  const same = `delete from ledger.migrations where created_at = 9e12`;

  test('is read with a note, and never written to', async () => {
    await client.query(newer);
    try {
      const { code: readCode, errors: note } = await run(['contracts']);
      expect(readCode).toBe(0);
      expect(note).toContain('schema is newer than the code');
      for (const args of [['seed'], ['maintenance', 'analyze']]) {
        const { code, errors } = await run(args);
        expect(code).toBe(2);
        expect(errors).toContain('schema is newer than the code');
      }
    } finally {
      await client.query(same);
    }
    expect((await run(['contracts'])).errors).toBe('');
  });
});

describe('sql', () => {
  test('prints a table as psql does, with control characters escaped', async () => {
    const { code, output } = await run(['sql', `select 1 as number, E'a\\x1b[2J' as text, null as nothing`]);
    expect(code).toBe(0);
    expect(output).toBe(
      [
        ' number | text       | nothing',
        '--------+------------+---------',
        String.raw`      1 | a\u{1b}[2J |`,
        '(1 row)',
        '',
      ].join('\n'),
    );
  });

  test('prints exact values as JSON, on one line', async () => {
    const query = `select 2::numeric ^ 200 as big, true as yes, '{"a":1}'::jsonb as json, 7 as small, 8 as small;`;
    const { output } = await run(['sql', '--json', query]);
    expect(output.trim()).not.toContain('\n');
    expect(JSON.parse(output)).toEqual([
      {
        big: expect.stringMatching(/^16069380442589902755/),
        yes: true,
        json: { a: 1 },
        small: 7,
        small_2: 8,
      },
    ]);
    expect((await run(['sql', '--json', 'select 1 where false'])).output).toBe('[]\n');
  });

  test('reads its statement from standard input', async () => {
    const { code, output } = await runWithInput(['sql'], '-- a comment\nselect 2 as b;\n-- another');
    expect(code).toBe(0);
    expect(output).toContain('(1 row)');
  });

  test.each(['', ' \n', '-- nothing'])('runs nothing if the statement is %j', async (input) => {
    expect(await runWithInput(['sql'], input)).toMatchObject({ code: 0, output: '', errors: '' });
  });

  test('changes nothing without --write', async () => {
    const insert = `insert into users (wallet_address) values ('0x${'5'.repeat(40)}')`;
    const refused = await run(['sql', insert]);
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain('read-only transaction');
    expect(await run(['sql', '--write', insert])).toMatchObject({ code: 0, output: 'INSERT 1\n' });
  });

  test('runs one statement, with and without --write', async () => {
    for (const options of [[], ['--write']]) {
      const { code, errors, output } = await run(['sql', ...options, 'select 1; select 2']);
      expect(code).toBe(1);
      expect(errors).toContain('cannot insert multiple commands into a prepared statement');
      expect(output).toBe('');
    }
  });

  test.each([
    ['set transaction', 'set transaction read write; INSERT'],
    ['a default', 'set default_transaction_read_only = off; INSERT'],
    ['set_config', `select set_config('default_transaction_read_only', 'off', false); INSERT`],
    ['characteristics', 'set session characteristics as transaction read write; INSERT'],
    ['a transaction that says so', 'begin read write; INSERT; commit'],
    ['a transaction that comes to say so', 'start transaction; set transaction read write; INSERT; commit'],
    ['a chained transaction', 'begin; commit and chain; set transaction read write; INSERT; commit'],
    ['ending ours', 'commit; INSERT'],
    [
      'a block',
      'do $$ begin set transaction read write; insert into users (wallet_address) values (repeat($w$6$w$, 42)); end $$',
    ],
    ['a block that ends our transaction', 'do $$ begin commit; INSERT; end $$'],
    [
      'a comment and a block',
      '/* x */ do $$ begin perform set_config($w$transaction_read_only$w$, $w$off$w$, true); INSERT; end $$',
    ],
    ['a comment that ends at a carriage return', 'select 1 --\r; commit; INSERT; --'],
    ['a text with escapes that is continued on the next line', `select E'a'\n'\\''; commit; INSERT; --'`],
    ['backslashes that escape', `set standard_conforming_strings = off; select '\\''; commit; INSERT; --'`],
    ['what follows a copy', 'copy (select 1) to stdout; commit; INSERT'],
    ['a plan', `explain analyze INSERT`],
    ['a prepared statement', `prepare p as INSERT; execute p`],
  ])('changes nothing without --write: not by %s', async (_, statements) => {
    const wallet = `0x${'6'.repeat(40)}`;
    const script = statements.replace('INSERT', `insert into users (wallet_address) values ('${wallet}')`);
    expect((await run(['sql', script])).code).toBe(1);
    const { rows } = await client.query('select from users where wallet_address = $1', [wallet]);
    expect(rows).toEqual([]);
  });

  test('runs a body of several statements with --write', async () => {
    const body = `create function pg_temp.one() returns integer language sql
      begin atomic
        select 2;
        select 1;
      end;`;
    expect(await run(['sql', '--write', body])).toMatchObject({ code: 0, output: 'CREATE\n' });
  });

  test('copy to stdout prints its data', async () => {
    const query = `copy (select n, 'to stdout' from generate_series(1, 100000) as n) to stdout (format csv)`;
    const { code, output } = await run(['sql', query]);
    expect(code).toBe(0);
    const lines = output.split('\n');
    expect(lines).toHaveLength(100_001);
    expect(lines.slice(0, -1).filter((line, index) => line !== `${index + 1},to stdout`)).toEqual([]);
  });

  test('copy from stdin is refused, because there is no data', async () => {
    const { code, errors } = await run(['sql', '--write', 'copy users (wallet_address) from stdin']);
    expect(code).toBe(1);
    expect(errors).toContain('COPY from stdin failed');
  });

  test('shows an error as psql does, and ends with 1', async () => {
    const { code, errors, output } = await run(['sql', 'select *\n  from nowhere']);
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toBe(
      'ERROR:  relation "nowhere" does not exist\nLINE 2:   from nowhere\n               ^\n',
    );
  });
});
