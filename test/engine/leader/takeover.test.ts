/**
 * A standby takes over within five seconds from a leader that dies, freezes or loses its network, and a returning former leader writes
 * nothing.
 */
import { Client } from 'pg';
import { expect, test, vi } from 'vitest';
import { fixtureContracts } from '../../support/daemon.ts';
import { startDaemonChild } from '../../support/daemon-child.ts';
import { followChain } from '../../support/followed-chain.ts';
import { Patience } from '../../support/patience.ts';
import { startPostgresProxy } from '../../support/postgres-proxy.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();
const longestTakeoverMs = 5_000;
/** A busy machine may take long to start a process. */
const patienceMs = 60_000;
vi.setConfig({ testTimeout: 3 * patienceMs });

function childAt(databaseUrl: string) {
  return startDaemonChild({
    databaseUrl,
    rpcUrl: chain.rpcUrl,
    contracts: fixtureContracts(chain.addresses),
  });
}

async function epoch(): Promise<number> {
  const exists = await chain.query<{ there: boolean }>(
    `select to_regclass('ledger.leaders') is not null as there`,
  );
  if (exists[0]?.there !== true) return 0;
  const rows = await chain.query<{ epoch: number }>('select epoch::int from ledger.leaders');
  return rows[0]?.epoch ?? 0;
}

async function expectProjected(block: number): Promise<void> {
  await expect
    .poll(
      async () =>
        (
          await chain.query<{ reached: number }>(
            `select block_number::int as reached from ledger.cursors where stream = 'projection'`,
          )
        )[0]?.reached ?? -1,
      { timeout: patienceMs, interval: 50 },
    )
    .toBeGreaterThanOrEqual(block);
}

/** The child leads and has projected all blocks. */
async function expectChildLeads(): Promise<void> {
  await expect.poll(epoch, { timeout: patienceMs, interval: 50 }).toBe(1);
  await expectProjected(await chain.head());
}

/** Starts a standby, makes the leader fail, and expects the standby to lead soon. */
async function expectTakeover(fail: () => void | Promise<void>): Promise<void> {
  const standby = chain.start();
  await standby.standsBy();
  expect(await epoch()).toBe(1);
  await fail();
  const patience = new Patience(longestTakeoverMs);
  while ((await epoch()) === 1 && patience.tookMs < 4 * longestTakeoverMs) await patience.pause(20);
  const { tookMs, allowedMs } = patience;
  expect(await epoch()).toBe(2);
  expect(tookMs).toBeLessThan(allowedMs);
  await standby.projected(await chain.register('after'));
}

/** The rows of the fold with the epochs that wrote them. A late write of the former leader would show. */
async function everything() {
  return {
    tables: await chainTableContents(chain.databaseUrl),
    ledger: await chain.query(
      `select (select count(*)::int from ledger.blocks) as blocks, (select count(*)::int from ledger.logs) as logs,
              (select count(*)::int from ledger.journal) as entries, (select max(sequence)::text from ledger.journal) as last`,
    ),
    epochs: await chain.query(
      `select distinct epoch::int from ledger.cursors where stream in ('ingest', 'projection') order by 1`,
    ),
  };
}

async function expectCleanFold(): Promise<void> {
  const url = await chain.anotherDatabase();
  await chain.start({ databaseUrl: url }).projected(await chain.head());
  expect(await chainTableContents(chain.databaseUrl)).toEqual(await chainTableContents(url));
}

test('a standby takes over from a leader that is stopped during a COPY, and the leader writes nothing when it resumes', async () => {
  await using proxy = await startPostgresProxy(chain.databaseUrl);
  await using child = childAt(proxy.url);
  await expectChildLeads();
  await expectTakeover(async () => {
    const stopped = Promise.withResolvers<void>();
    proxy.onClientMessage = (type) => {
      if (type !== 'd') return;
      proxy.onClientMessage = null;
      child.process.kill('SIGSTOP');
      stopped.resolve();
    };
    await chain.register('while copying');
    await stopped.promise;
  });
  const before = await everything();
  child.process.kill('SIGCONT');
  const { code, errors } = await child.ended;
  expect(code).toBe(1);
  expect(errors).toContain('took over');
  const after = await everything();
  expect(after).toEqual(before);
  expect(after.epochs).toEqual([{ epoch: 2 }]);
  await expectCleanFold();
});

test('a standby takes over from a leader whose database connection drops all packets, and the leader ends when the network is back', async () => {
  await using proxy = await startPostgresProxy(chain.databaseUrl);
  await using child = childAt(proxy.url);
  await expectChildLeads();
  await expectTakeover(() => {
    proxy.isBlackHole = true;
  });
  const before = await everything();
  proxy.isBlackHole = false;
  const { code, errors } = await child.ended;
  expect({ code, errors }).toMatchObject({ code: 1, errors: expect.stringMatching(/took over|didn't stop/) });
  expect(await everything()).toEqual(before);
  await expectCleanFold();
});

test('a daemon started while a frozen leader holds a half-appended block can take over', async () => {
  const former = chain.start();
  await former.projected(await chain.head());
  await former.stop();
  const frozen = new Client({ connectionString: chain.databaseUrl });
  await frozen.connect();
  try {
    await frozen.query('begin');
    await frozen.query('update ledger.chains set head_number = head_number');
    chain.start();
    await expect.poll(epoch, { timeout: patienceMs, interval: 50 }).toBe(2);
  } finally {
    await frozen.end();
  }
  await expectProjected(await chain.register('after'));
});

test('a standby takes over from a leader that is killed', async () => {
  await using child = childAt(chain.databaseUrl);
  await expectChildLeads();
  await expectTakeover(() => {
    child.process.kill('SIGKILL');
  });
  await expectCleanFold();
});
