/**
 * An operator's decision after writing has halted: to switch to the node's chain, or to retry a halted
 * stream.
 */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { createNodePool } from '../../../src/engine/chain/nodes.ts';
import { startCommands } from '../../../src/engine/leader/commands/executor.ts';
import { leaderCommand } from '../../../src/engine/leader/commands/command.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { resolveCommand, type ResolveResult } from '../../../src/engine/daemon/resolve.ts';
import { runTracechain, runTracechainProcess } from '../../cli/run.ts';
import { fixtureContracts } from '../../support/daemon.ts';
import { deployer, followChain } from '../../support/followed-chain.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();

async function resolve(dryRun: boolean): Promise<ResolveResult> {
  const node = createNode({ url: chain.rpcUrl, timeoutMs: 10_000 });
  return await runCommand(
    resolveCommand,
    { dryRun },
    {
      databaseUrl: chain.databaseUrl,
      chainId: 31337,
      nodes: () => createNodePool({ nodes: [node], now: () => performance.now() }),
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
}

const isLatched = async () =>
  await chain.query('select latched_at is not null as is_latched from ledger.chains');

/** A daemon whose chain had a reorg past finality. */
async function haltChain(): Promise<void> {
  const daemon = chain.start();
  await chain.register('LOT-1');
  await chain.register('LOT-2');
  await daemon.projected(await chain.mine(10));
  await chain.node('anvil_reorg', 11, [[{ from: deployer.address, to: deployer.address, gas: '0x5208' }, 0]]);
  await chain.mine(1);
  await expect.poll(isLatched).toEqual([{ is_latched: true }]);
  await expect(daemon.stop()).rejects.toMatchObject({
    code: 'sync/deep-reorg',
    fix: expect.stringContaining('npx tracechain resolve'),
  });
}

test('a latched chain goes on with the node’s, from where they parted', async () => {
  await haltChain();
  const before = await chainTableContents(chain.databaseUrl);
  const planned = await resolve(true);
  expect(planned).toMatchObject({ orphanedBlocks: 11, dryRun: true });
  expect(planned.removedRows).toBeGreaterThan(0);
  expect(planned.fork?.ledger.number).toBe((planned.fork?.at.number ?? 0) + 1);
  expect(planned.fork?.node?.hash).not.toBe(planned.fork?.ledger.hash);
  expect(await chainTableContents(chain.databaseUrl)).toEqual(before);
  expect(await isLatched()).toEqual([{ is_latched: true }]);

  expect(await resolve(false)).toMatchObject({ ...planned, dryRun: false });
  expect(await isLatched()).toEqual([{ is_latched: false }]);
  const head = await chain.mine(3);
  const fresh = await chain.anotherDatabase();
  const [daemon, other] = [chain.start(), chain.start({ databaseUrl: fresh })];
  await Promise.all([daemon.projected(head), other.projected(head)]);
  const contents = await chainTableContents(chain.databaseUrl);
  expect(contents).toEqual(await chainTableContents(fresh));
  expect(contents).not.toEqual(before);
});

test('every command and the daemon name resolve while a reorg past finality halts writing', async () => {
  await haltChain();
  const environment = {
    DATABASE_URL: chain.databaseUrl,
    RPC_URL: chain.rpcUrl,
    TRACECHAIN_CONTRACTS: JSON.stringify(fixtureContracts(chain.addresses)),
  };
  const [status, doctor, start] = await Promise.all(
    ['status', 'doctor', 'start'].map(
      async (command) => await runTracechainProcess([command], { environment }),
    ),
  );
  expect([status?.code, doctor?.code, start?.code]).toEqual([1, 1, 2]);
  expect(status?.output).toMatch(/halted-reorg .*deeper than the final block/);
  expect(doctor?.output).toMatch(/writing is halted since/);
  for (const said of [status?.output, doctor?.output, start?.errors]) {
    expect(said).toContain('npx tracechain resolve');
    expect(said).not.toMatch(/fresh|empty database/);
  }
  const unasked = await runTracechain(['resolve'], { environment });
  expect(unasked).toMatchObject({ code: 2, errors: expect.stringContaining('--yes') });
  expect((await runTracechain(['resolve', '--yes'], { environment })).code).toBe(0);
  expect(await isLatched()).toEqual([{ is_latched: false }]);
});

test('where the node agrees, writing just goes on', async () => {
  const daemon = chain.start();
  await chain.register('LOT-1');
  await daemon.projected(await chain.mine(10));
  await daemon.stop();
  const before = await chainTableContents(chain.databaseUrl);
  await chain.query(`update ledger.chains set latched_at = now(), latch_reason = 'a node was wrong'`);
  expect(await resolve(false)).toMatchObject({
    latched: { reason: 'a node was wrong' },
    fork: null,
    orphanedBlocks: 0,
  });
  expect(await isLatched()).toEqual([{ is_latched: false }]);
  expect(await chainTableContents(chain.databaseUrl)).toEqual(before);
});

test('a parked stream is tried again by the daemon that runs', async () => {
  const daemon = chain.start({
    startJobs: async (jobs) => await startCommands([leaderCommand(resolveCommand)], jobs),
  });
  await daemon.projected(await chain.register('LOT-1'));
  await chain.query('alter table products add constraint refused check (batch_number <> $$LOT-2$$)');
  const parked = await chain.register('LOT-2');
  await expect
    .poll(async () => await chain.query('select stream from ledger.parked'))
    .toEqual([{ stream: 'projection' }]);
  await chain.query('alter table products drop constraint refused');
  // A retry reverts nothing, so the command asks for no confirmation.
  const { code, output } = await runTracechain(['resolve', '--json'], {
    environment: { DATABASE_URL: chain.databaseUrl },
  });
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    latched: null,
    parked: [{ stream: 'projection', blockNumber: parked }],
  });
  await daemon.projected(parked);
  expect(await chain.query('select from ledger.parked')).toEqual([]);
});

test('nothing is done where nothing stands still', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.head());
  await daemon.stop();
  expect(await resolve(false)).toMatchObject({ latched: null, fork: null, parked: [] });
});
