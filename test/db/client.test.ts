import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { probe, withTransaction } from '../../src/db/client.ts';
import { explainServerFault } from '../../src/db/errors.ts';
import { migrate } from '../../src/db/migrate.ts';
import { CannotRunError, TraceChainError } from '../../src/primitives/errors.ts';
import { type Database, openDatabase } from '../support/drizzle.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let testDatabase: TestDatabase;
const reported: TraceChainError[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

afterAll(async () => {
  await testDatabase.drop();
});

function open(connectionString: string, options: { readonly maximumConnections?: number } = {}): Database {
  return openDatabase({
    connectionString,
    applicationName: 'test of the client',
    connectTimeoutMs: 2_000,
    onConnectionError: (error) => reported.push(error),
    ...options,
  });
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(testDatabase.url);
  change(url);
  return url.href;
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe('a session', () => {
  it('a session has the settings that the program’s SQL relies on, regardless of the role and the URL', async () => {
    await administer(
      `alter role current_user in database ${new URL(testDatabase.url).pathname.slice(1)} set datestyle = 'German'`,
    );
    await using database = open(
      urlWith((url) => {
        url.searchParams.set('application_name', 'somebody else');
        url.searchParams.set('options', '-c search_path=elsewhere -c work_mem=7MB');
      }),
    );
    const { rows } = await database.pool.query(
      `select current_setting('datestyle') as datestyle, current_setting('timezone') as timezone,
         current_setting('search_path') as search_path, current_setting('work_mem') as work_mem,
         current_setting('application_name') as application_name`,
    );
    expect(rows).toEqual([
      {
        datestyle: expect.stringMatching(/^ISO/),
        timezone: 'UTC',
        search_path: 'public',
        work_mem: '7MB',
        application_name: 'test of the client',
      },
    ]);
  });

  it('a session returns int8 and numeric as exact strings', async () => {
    await using database = open(testDatabase.url);
    const { rows } = await database.pool.query(
      'select 9007199254740993::int8 as big, array[9007199254740993::int8] as bigs, 0.1::numeric + 1e30 as exact',
    );
    expect(rows).toEqual([
      { big: '9007199254740993', bigs: ['9007199254740993'], exact: '1000000000000000000000000000000.1' },
    ]);
  });

  it('a session has the requested time limits', async () => {
    await using database = openDatabase({
      connectionString: testDatabase.url,
      applicationName: 'test of the client',
      statementTimeoutMs: 50,
      onConnectionError: () => undefined,
    });
    await expect(database.pool.query('select pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
  });

  it('a connection that breaks while idle is reported and does not end the process', async () => {
    reported.length = 0;
    await using database = open(testDatabase.url, { maximumConnections: 2 });
    const checkedOut = await database.pool.connect();
    const idle = await database.pool.connect();
    idle.release();
    await administer(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'test of the client'`,
    );
    await expect.poll(() => reported.length).toBeGreaterThanOrEqual(2);
    expect(new Set(reported.map(({ code }) => code))).toContain('database/starting');
    checkedOut.release(true);
    await probe(database.pool);
  });
});

describe('withTransaction', () => {
  it('commits if the work returns, rolls back if it throws, and releases the connection', async () => {
    await using database = open(testDatabase.url, { maximumConnections: 1 });
    await database.pool.query('create table if not exists entries (name text)');
    const answer = await withTransaction(database.pool, async (client) => {
      await client.query(`insert into entries values ('kept')`);
      return 42;
    });
    expect(answer).toBe(42);

    const failure = new Error('the work failed');
    await expect(
      withTransaction(database.pool, async (client) => {
        await client.query(`insert into entries values ('lost')`);
        throw failure;
      }),
    ).rejects.toBe(failure);
    const { rows } = await database.db.execute(sql`select name from entries`);
    expect(rows).toEqual([{ name: 'kept' }]);
  });

  it('throws the first error if the connection breaks, and uses another connection afterwards', async () => {
    await using database = open(testDatabase.url, { maximumConnections: 1 });
    await expect(
      withTransaction(database.pool, async (client) => {
        await client.query('select pg_terminate_backend(pg_backend_pid())');
      }),
    ).rejects.toMatchObject({ code: '57P01' });
    expect(await withTransaction(database.pool, async () => 'again')).toBe('again');
  });

  it('can be read only, with one snapshot', async () => {
    await using database = open(testDatabase.url);
    const options = { isolation: 'repeatable read', isReadOnly: true } as const;
    await expect(
      withTransaction(database.pool, (client) => client.query('create table t ()'), options),
    ).rejects.toMatchObject({ code: '25006' });
  });
});

describe('a failed connection', () => {
  const password = 'sEcr3t-of-ours';

  /** The error of each way to use the pool. All of them must be equal. */
  async function failures(connectionString: string): Promise<TraceChainError[]> {
    await using database = open(connectionString);
    const attempts = [
      probe(database.pool),
      database.pool.query('select 1'),
      withTransaction(database.pool, async () => undefined),
    ];
    const outcomes = await Promise.allSettled(attempts);
    const errors = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    for (const error of errors) {
      const shown = error instanceof Error ? `${error.stack} ${inspect(error)}` : '';
      if (shown.includes(password)) throw new Error('an error shows the password');
    }
    const explained = errors.filter((error) => error instanceof TraceChainError);
    if (explained.length < attempts.length)
      throw new Error('an attempt worked, or said nothing', { cause: errors });
    return explained;
  }

  async function said(connectionString: string): Promise<string[]> {
    const errors = await failures(connectionString);
    return Array.from(new Set(errors.map(({ code, message }) => `${code}: ${message}`)));
  }

  it('reports that no server listens on the port', async () => {
    const port = await freePort();
    expect(await said(`postgresql://app:${password}@127.0.0.1:${port}/tracechain`)).toEqual([
      `database/unreachable: PostgreSQL can't be reached at 127.0.0.1:${port}`,
    ]);
  });

  it('reports that the host has no address', async () => {
    expect(await said(`postgresql://app:${password}@no-such-host.invalid/tracechain`)).toEqual([
      "database/unreachable: PostgreSQL can't be reached at no-such-host.invalid:5432",
    ]);
  });

  it('reports that the password is wrong', async () => {
    const { hostname, port } = new URL(testDatabase.url);
    const connectionString = urlWith((url) => {
      url.username = 'nobody_we_know';
      url.password = password;
    });
    expect(await said(connectionString)).toEqual([
      `database/authentication: PostgreSQL at ${hostname}:${port} refuses user "nobody_we_know"`,
    ]);
  });

  it('reports that the database does not exist', async () => {
    const { hostname, port } = new URL(testDatabase.url);
    expect(await said(urlWith((url) => (url.pathname = '/no_such_database')))).toEqual([
      `database/missing: PostgreSQL at ${hostname}:${port} has no database "no_such_database"`,
    ]);
  });

  it('reports in time that the server does not respond', async () => {
    const server = createServer();
    const port = await listen(server);
    expect(await said(`postgresql://app:${password}@127.0.0.1:${port}/tracechain`)).toEqual([
      `database/unreachable: PostgreSQL at 127.0.0.1:${port} gives no answer`,
    ]);
    server.close();
  });

  it.each(['require', 'prefer', 'allow', 'verify-full', 'no-verify'])(
    'reports that the server does not support TLS if the URL requires it with sslmode=%s',
    async (mode) => {
      const { hostname, port } = new URL(testDatabase.url);
      expect(await said(urlWith((url) => url.searchParams.set('sslmode', mode)))).toEqual([
        `database/connection-failed: the connection to PostgreSQL at ${hostname}:${port} failed: The server does not support SSL connections`,
      ]);
    },
  );

  it('connects without TLS if the URL requires none', async () => {
    await using database = open(urlWith((url) => url.searchParams.set('sslmode', 'disable')));
    await expect(probe(database.pool)).resolves.toBeUndefined();
  });

  it.each([
    ['sslmode', 'postgresql://app:sEcr3t-of-ours@localhost/tracechain?sslmode=verify'],
    ['no URL', 'postgresql://app:sEcr3t-of-ours@local host:port:1/tracechain'],
    ['a CA that is missing', 'postgresql://app:sEcr3t-of-ours@localhost/tracechain?sslmode=verify-ca'],
  ])('refuses a connection string with %s at once', (_what, connectionString) => {
    let thrown: unknown;
    try {
      open(connectionString);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CannotRunError);
    expect(thrown).toMatchObject({ code: 'database/url' });
    expect(`${String(thrown)} ${JSON.stringify(thrown)}`).not.toContain(password);
  });

  it('prevents migrate from starting', async () => {
    const port = await freePort();
    const error: unknown = await migrate({
      connectionString: `postgresql://127.0.0.1:${port}/tracechain`,
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CannotRunError);
    expect(error).toMatchObject({ code: 'database/unreachable' });
  });
});

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

/** A port on which no server listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('a server whose files were removed is distinguished from a bug in the program', async () => {
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const missing: unknown = await client
    .query(`select pg_read_file('/nonexistent/global/pg_filenode.map')`)
    .catch((error: unknown) => error);
  const ours: unknown = await client.query('select 1 / 0').catch((error: unknown) => error);
  await client.end();
  expect(explainServerFault(missing)).toMatchObject({
    code: 'database/files',
    fix: expect.stringContaining('--fresh'),
  });
  expect(explainServerFault(ours)).toBeUndefined();
});
