/** A chain other than the followed one is refused, however similar it is. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  connectFixtureClients,
  deployFixtures,
  type FixtureAddresses,
} from '../../../../contracts-fixtures/deploy.ts';
import type { AnvilServer } from '../../../../src/devnet/anvil.ts';
import { startTestAnvil } from '../../../support/anvil.ts';
import {
  fixtureContracts,
  startTestDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../../../support/daemon.ts';
import { deployer, queryDatabase } from '../../../support/followed-chain.ts';
import { callNode } from '../../../support/json-rpc.ts';
import { startNodeProxy } from '../../../support/node-proxy.ts';
import { createMigratedDatabase, type TestDatabase } from '../../../support/postgres.ts';

/** The same genesis for both. */
const extraArguments = ['--timestamp', '1700000000'];

let followed: AnvilServer;
/** A restarted copy of the chain: equal id and genesis, different blocks after it. */
let anew: AnvilServer;
let addresses: FixtureAddresses;
let database: TestDatabase;
let daemons: TestDaemon[];

beforeAll(async () => {
  [followed, anew] = await Promise.all([
    startTestAnvil({ extraArguments }),
    startTestAnvil({ extraArguments }),
  ]);
  addresses = await deployFixtures(await connectFixtureClients(followed.rpcUrl, deployer));
  await mine(followed, 20);
  await callNode(anew.rpcUrl, 'anvil_mine', ['0x60', '0x3']);
});

afterAll(async () => await Promise.all([followed.stop(), anew.stop()]));

beforeEach(async () => {
  database = await createMigratedDatabase();
  daemons = [];
});

afterEach(async () => {
  await Promise.allSettled(daemons.map(async (daemon) => await daemon.stop()));
  await database.drop();
});

async function mine(anvil: AnvilServer, blocks: number): Promise<number> {
  await callNode(anvil.rpcUrl, 'anvil_mine', [`0x${blocks.toString(16)}`]);
  return Number(await callNode(anvil.rpcUrl, 'eth_blockNumber'));
}

function start(rpcUrl: string, chain: NonNullable<TestDaemonOptions['overrides']>['chain'] = {}): TestDaemon {
  const contracts = fixtureContracts(addresses);
  const daemon = startTestDaemon({ databaseUrl: database.url, rpcUrl, contracts, overrides: { chain } });
  daemons.push(daemon);
  return daemon;
}

async function isLatched(): Promise<unknown> {
  return await queryDatabase('select latched_at is not null as is_latched from ledger.chains', database.url);
}

test('the two have the same id and genesis', async () => {
  const [ours, theirs] = await Promise.all(
    [followed, anew].map(
      async ({ rpcUrl }) => await callNode(rpcUrl, 'eth_getBlockByNumber', ['0x0', false]),
    ),
  );
  expect(ours).toMatchObject({ hash: (theirs as { hash: string }).hash });
});

test('a devnet that was begun anew while the daemon was down is refused without a latch: back at its chain, the daemon goes on', async () => {
  const first = start(followed.rpcUrl);
  await first.projected(await mine(followed, 1));
  await first.stop();
  await expect(start(anew.rpcUrl).projected(Infinity)).rejects.toMatchObject({
    code: 'sync/other-chain',
    message: expect.stringContaining('same id and genesis'),
  });
  expect(await isLatched()).toEqual([{ is_latched: false }]);
  await start(followed.rpcUrl).projected(await mine(followed, 1));
});

test('a devnet that is begun anew under a running daemon is waited out, without a latch', async () => {
  await using proxy = await startNodeProxy(followed.rpcUrl);
  const daemon = start(proxy.url);
  const head = await mine(followed, 1);
  await daemon.projected(head);
  proxy.upstreamUrl = anew.rpcUrl;
  const asked = proxy.asked.get('eth_getBlockByNumber') ?? 0;
  await expect.poll(() => proxy.asked.get('eth_getBlockByNumber') ?? 0).toBeGreaterThan(asked + 10);
  expect(await isLatched()).toEqual([{ is_latched: false }]);
  const rows = await queryDatabase<{ reached: number }>(
    `select block_number::int as reached from ledger.cursors where stream = 'ingest'`,
    database.url,
  );
  expect(rows).toEqual([{ reached: head }]);
  proxy.upstreamUrl = followed.rpcUrl;
  await daemon.projected(await mine(followed, 1));
});

test.each([7, 8, 9, 10])(
  'a URL that leads to another chain for %i requests is waited out, without a latch',
  async (requests) => {
    await using proxy = await startNodeProxy(followed.rpcUrl);
    const daemon = start(proxy.url);
    await daemon.projected(await mine(followed, 1));
    let left = requests;
    proxy.upstreamUrl = anew.rpcUrl;
    proxy.intercept = () => {
      if (left === 0) proxy.upstreamUrl = followed.rpcUrl;
      left -= 1;
      return false;
    };
    await expect.poll(() => left).toBeLessThan(0);
    await daemon.projected(await mine(followed, 1));
    expect(await isLatched()).toEqual([{ is_latched: false }]);
  },
);

test('a further node of another chain is refused at the start', async () => {
  const other = await startTestAnvil({ chainId: 999 });
  try {
    const daemon = start(followed.rpcUrl, { rpcUrls: [followed.rpcUrl, other.rpcUrl] });
    await expect(daemon.projected(Infinity)).rejects.toMatchObject({
      code: 'sync/other-chain',
      message: expect.stringContaining('chain 999'),
    });
  } finally {
    await other.stop();
  }
});

test('a further node that can’t be reached keeps nobody from starting', async () => {
  const daemon = start(followed.rpcUrl, { rpcUrls: [followed.rpcUrl, 'http://127.0.0.1:1'] });
  await expect(daemon.projected(await mine(followed, 1))).resolves.toBeUndefined();
});
