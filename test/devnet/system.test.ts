import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { daemonSettings, loadConfiguration } from '../../src/config/index.ts';
import { startDevnet } from '../../src/devnet/devnet.ts';
import type { Devnet } from '../../src/devnet/devnet.ts';
import { dataFolderAt, readRunningSystem } from '../../src/devnet/data-folder/folder.ts';
import type { DataFolder } from '../../src/devnet/data-folder/folder.ts';
import { locateStamp, readStamp, recordStamp } from '../../src/devnet/data-folder/stamp.ts';
import type { LocalSystemFacts } from '../../src/devnet/screen.ts';
import { formatScreen } from '../../src/devnet/screen.ts';
import { runLocalSystem } from '../../src/devnet/system.ts';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';
import { required } from '../../src/primitives/errors.ts';

/** A start is some ten seconds of work for a machine that does nothing else. */
const timeout = 150_000;

let folder: string;
let data: DataFolder;

beforeEach(async () => {
  folder = await makeTemporaryFolder('test');
  data = dataFolderAt(folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface StartedSystem {
  readonly facts: LocalSystemFacts;
  readonly warnings: readonly unknown[];
  /** Resolves when all has stopped, rejects as the system did. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a local system as `npm start` does, and waits until it says that everything runs. */
async function startSystem(options: { fresh?: boolean; external?: Devnet } = {}): Promise<StartedSystem> {
  const { fresh = false, external } = options;
  const environment = external === undefined ? {} : { RPC_URL: external.anvil.rpcUrl };
  const configuration = await loadConfiguration({ named: undefined, environment, folder });
  const stop = new AbortController();
  const ready = Promise.withResolvers<LocalSystemFacts>();
  const warnings: unknown[] = [];
  const ended = runLocalSystem({
    data,
    fresh,
    chain: external === undefined ? 'devnet' : 'configured',
    settingsFor: (parts) =>
      daemonSettings(
        configuration,
        external === undefined ? parts : { ...parts, contracts: external.contracts },
      ),
    logger: pino({ level: 'warn' }, { write: (line) => void warnings.push(JSON.parse(line)) }),
    signal: stop.signal,
    onReady: ready.resolve,
  });
  ended.then(() => ready.reject(new Error('it ended before it ran')), ready.reject);
  return {
    facts: await ready.promise,
    warnings,
    ended,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

async function query(url: string, text: string): Promise<Record<string, unknown> | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows[0];
  } finally {
    await client.end();
  }
}

/** Asks until there is a row. */
async function waitForRow(url: string, text: string): Promise<Record<string, unknown>> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const row = await query(url, text);
    if (row !== undefined) return row;
    await delay(200);
  }
  throw new Error(`no row came for: ${text}`);
}

async function cursorOf({ facts }: StartedSystem): Promise<number> {
  const row = await query(
    facts.database.url,
    `select block_number from ledger.cursors where stream = 'projection'`,
  );
  return Number(row?.['block_number']);
}

test(
  'a second start of the local system continues from the first, and the printed commands work',
  { timeout },
  async () => {
    const first = await startSystem();
    const screen = formatScreen(first.facts);
    expect(screen.split('\n').length).toBeLessThan(40);
    expect(screen).toContain(`psql '${first.facts.database.url}'`);
    expect(await readRunningSystem(data)).toMatchObject({
      kind: 'start',
      databaseUrl: first.facts.database.url,
      chainId: 31337,
    });
    await expect(startSystem()).rejects.toMatchObject({ code: 'local/already-running' });

    const transaction = required(first.facts.devnet?.ownTransaction, 'a transaction of one’s own');
    expect(screen).toContain(transaction.command);
    const [, url = '', body = ''] = /^curl -s (\S+) .* -d '(.*)'$/.exec(transaction.command) ?? [];
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const row = await waitForRow(first.facts.database.url, transaction.query);
    expect(row).toMatchObject({ status: 'in_transit', additional_data: 'sent by hand' });

    const reached = await cursorOf(first);
    const stoppedAt = performance.now();
    await first.stop();
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    expect(await readRunningSystem(data)).toBeUndefined();

    const second = await startSystem();
    expect(second.warnings).toEqual([]);
    expect(second.facts.devnet?.isNew).toBe(false);
    expect(second.facts.database.url).toBe(first.facts.database.url);
    expect(await query(second.facts.database.url, transaction.query)).toEqual(row);
    await waitForRow(
      second.facts.database.url,
      `select from ledger.cursors where stream = 'projection' and block_number > ${reached + 3}`,
    );
    await second.stop();
  },
);

test('after a kill, devnet and database start with empty data, with a warning', { timeout }, async () => {
  const first = await startSystem();
  await first.stop();
  // What a killed run leaves behind: nobody could stamp the two.
  const { devnetFolder } = await locateStamp(data);
  const stamp = required(await readStamp(devnetFolder), 'the devnet’s stamp');
  await recordStamp(devnetFolder, { ...stamp, stoppedTogether: false });

  const second = await startSystem();
  expect(second.warnings).toContainEqual(
    expect.objectContaining({ msg: 'the devnet and its database start with empty data' }),
  );
  expect(second.facts.devnet?.isNew).toBe(true);

  // A part that ends by itself takes the rest with it, and is named.
  const record = await readFile(`${data.devnetStateFile}.process`, 'utf8');
  process.kill(z.object({ pid: z.int() }).parse(JSON.parse(record)).pid, 'SIGKILL');
  await expect(second.ended).rejects.toMatchObject({
    code: 'local/part-ended',
    message: expect.stringContaining('anvil'),
  });
  expect(await readRunningSystem(data)).toBeUndefined();
});

test('with a configured node, the local system starts only the database', { timeout }, async () => {
  const genesisTime = BigInt(Math.floor(Date.now() / 1000) - 86_400);
  const external = await startDevnet({ seed: 5, genesisTime, logger: pino({ level: 'warn' }) });
  try {
    const system = await startSystem({ external });
    expect(system.facts).toMatchObject({ chainId: 31337, devnet: null });
    await waitForRow(system.facts.database.url, 'select from products limit 1');
    await system.stop();
  } finally {
    await external.anvil.stop();
  }
});
