import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startAnvil } from '../../src/devnet/anvil.ts';
import {
  acquireDataFolder,
  dataFolderAt,
  freshStart,
  locateDataFolder,
  readRunningSystem,
} from '../../src/devnet/data-folder/folder.ts';
import type { DataFolder } from '../../src/devnet/data-folder/folder.ts';
import {
  locateStamp,
  readStampedParts,
  recordStampedParts,
  recordStamp,
} from '../../src/devnet/data-folder/stamp.ts';
import { startPostgres } from '../../src/devnet/postgres/postgres.ts';
import { processIdentity } from '../../src/devnet/processes.ts';
import { CannotRunError } from '../../src/primitives/errors.ts';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';
import { callNode } from '../support/json-rpc.ts';

const logger = pino({ level: 'silent' });
const startedAt = new Date('2026-01-02T03:04:05Z');

let data: DataFolder;
beforeEach(async () => {
  data = dataFolderAt(await makeTemporaryFolder('test'));
});
afterEach(async () => {
  await freshStart(data, logger);
  await rm(data.folder, { recursive: true, force: true });
});

test("the data folder is the checkout's own unless the environment names another", () => {
  expect(locateDataFolder({}).folder).toBe(join(import.meta.dirname, '../../.tracechain'));
  expect(locateDataFolder({ TRACECHAIN_DATA: '/srv/data' }).systemFile).toBe('/srv/data/system.json');
});

test('an existing data folder keeps its mode; a new one is accessible to PostgreSQL’s user', async () => {
  const there = join(data.folder, 'there');
  await mkdir(there);
  await chmod(there, 0o755);
  for (const [folder, mode] of [
    [there, 0o755],
    [join(data.folder, 'made'), 0o711],
  ] as const) {
    const lock = await acquireDataFolder(dataFolderAt(folder), { kind: 'start', startedAt });
    expect((await stat(folder)).mode & 0o777).toBe(mode);
    await lock.release();
  }
});

describe('the lock of the data folder', () => {
  test('refuses a second process, and names the first with its addresses but without the password', async () => {
    const lock = await acquireDataFolder(data, { kind: 'start', startedAt });
    await lock.publish({ databaseUrl: 'postgres://tracechain:s3cret@127.0.0.1:5433/tracechain' });
    await lock.publish({ rpcUrl: 'http://127.0.0.1:8546' });
    const failure: unknown = await acquireDataFolder(data, { kind: 'demo', startedAt }).catch(
      (error: unknown) => error,
    );
    if (!(failure instanceof CannotRunError)) throw new Error('it was taken twice', { cause: failure });
    const { code, message } = failure;
    expect(code).toBe('local/already-running');
    for (const part of [
      `process ${process.pid}`,
      'tracechain start',
      '127.0.0.1:5433/tracechain',
      'http://127.0.0.1:8546',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('s3cret');

    await lock.release();
    const next = await acquireDataFolder(data, { kind: 'demo', startedAt });
    await next.release();
    expect(await readdir(data.folder)).toEqual([]);
  });

  test('shows the running system to other commands of the same user only', async () => {
    expect(await readRunningSystem(data)).toBeUndefined();
    const lock = await acquireDataFolder(data, { kind: 'demo', startedAt });
    await lock.publish({ chainId: 31337, contracts: [{ kind: 'ProductRegistry' }] });
    expect(await readRunningSystem(data)).toMatchObject({
      pid: process.pid,
      host: hostname(),
      kind: 'demo',
      startedAt: startedAt.toISOString(),
      chainId: 31337,
      contracts: [{ kind: 'ProductRegistry' }],
    });
    expect((await stat(data.systemFile)).mode & 0o777).toBe(0o600);
    await lock.release();
    expect(await readRunningSystem(data)).toBeUndefined();
  });

  test.each([
    ['of a process that has ended', { pid: 2 ** 22 + 1 }],
    ['of a process whose pid another one has now', { processIdentity: 'another/1' }],
  ])('one %s is taken over', async (_, difference) => {
    const lock = await acquireDataFolder(data, { kind: 'start', startedAt });
    const ours = z.looseObject({}).parse(JSON.parse(await readFile(data.systemFile, 'utf8')));
    await writeFile(data.systemFile, JSON.stringify({ ...ours, ...difference }));
    expect(await readRunningSystem(data)).toBeUndefined();
    const next = await acquireDataFolder(data, { kind: 'demo', startedAt });
    expect(await readRunningSystem(data)).toMatchObject({ kind: 'demo', pid: process.pid });
    await lock.release();
    await next.release();
  });

  test('is taken over if a power failure truncated it', async () => {
    await writeFile(data.systemFile, '{"pid":');
    const lock = await acquireDataFolder(data, { kind: 'start', startedAt });
    expect(await readRunningSystem(data)).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  test('is not taken over from another machine, whose processes are not visible', async () => {
    const lock = await acquireDataFolder(data, { kind: 'start', startedAt });
    const text = await readFile(data.systemFile, 'utf8');
    await writeFile(data.systemFile, text.replace(JSON.stringify(hostname()), '"elsewhere"'));
    await expect(acquireDataFolder(data, { kind: 'start', startedAt })).rejects.toMatchObject({
      message: expect.stringContaining('on elsewhere'),
      fix: expect.stringContaining(data.systemFile),
    });
    await lock.release();
  });

  test('is taken over by exactly one of many processes that find a dead holder', async () => {
    for (let round = 0; round < 20; round++) {
      const stale = { id: crypto.randomUUID(), pid: 2 ** 22 + 1, processIdentity: 'gone', host: hostname() };
      await writeFile(data.systemFile, JSON.stringify(stale));
      const attempts = Array.from({ length: 8 }, () => acquireDataFolder(data, { kind: 'start', startedAt }));
      const outcomes = await Promise.allSettled(attempts);
      const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      await winners[0]?.value.release();
      expect(await readdir(data.folder)).toEqual([]);
    }
  });
});

test('a start after a killed run stops its servers, loses no data, and succeeds', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'left-behind.ts'), data.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const left = z
    .object({ postgres: z.int(), anvil: z.int(), rpcUrl: z.url() })
    .parse(JSON.parse(String(line)));
  await callNode(left.rpcUrl, 'anvil_mine', ['0x7']);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await processIdentity(left.postgres)).toBeDefined();
  expect(await processIdentity(left.anvil)).toBeDefined();

  const lock = await acquireDataFolder(data, { kind: 'start', startedAt });
  const postgres = await startPostgres({
    dataFolder: data.postgresFolder,
    logger,
    settings: { fsync: 'off' },
  });
  const anvil = await startAnvil({ stateFile: data.devnetStateFile, chainId: 31337, logger });
  expect(await processIdentity(left.postgres)).toBeUndefined();
  expect(await processIdentity(left.anvil)).toBeUndefined();
  expect(postgres.isNew).toBe(false);
  expect(await callNode(anvil.rpcUrl, 'eth_blockNumber')).toBe('0x7');
  await Promise.all([postgres.stop(), anvil.stop()]);
  await lock.release();
});

describe('devnet and database belong together', () => {
  const settings = { fsync: 'off' };

  async function startAndStopBoth(): Promise<void> {
    const postgres = await startPostgres({ dataFolder: data.postgresFolder, logger, settings });
    const anvil = await startAnvil({ stateFile: data.devnetStateFile, chainId: 31337, logger });
    await Promise.all([anvil.stop(), postgres.stop()]);
  }

  test('only if both stopped in order, in one generation', async () => {
    const parts = await locateStamp(data);
    expect(await readStampedParts(parts)).toEqual({ kind: 'absent' });

    await recordStampedParts(parts, { generation: 'first', stoppedTogether: false });
    await startAndStopBoth();
    expect(await readStampedParts(parts)).toMatchObject({
      kind: 'apart',
      reason: expect.stringContaining('killed'),
    });

    await recordStampedParts(parts, { generation: 'first', stoppedTogether: true });
    expect(await readStampedParts(parts)).toEqual({ kind: 'together', generation: 'first' });

    await recordStamp(parts.devnetFolder, { generation: 'second', stoppedTogether: true });
    expect(await readStampedParts(parts)).toMatchObject({
      kind: 'apart',
      reason: expect.stringContaining('another devnet'),
    });

    await rm(data.devnetStateFile);
    expect(await readStampedParts(parts)).toMatchObject({
      kind: 'apart',
      reason: expect.stringContaining('gone'),
    });

    await freshStart(data, logger);
    expect(await readStampedParts(await locateStamp(data))).toEqual({ kind: 'absent' });
  });
});
