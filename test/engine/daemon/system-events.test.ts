import { expect, test } from 'vitest';
import { traceTokenAbi } from '../../../abis/index.ts';
import { chainTable } from '../../../src/engine/tables.ts';
import { followChain } from '../../support/followed-chain.ts';

const chain = followChain();

async function eventTold(eventType: string, severity: string, data: object): Promise<void> {
  const events = async () =>
    await chain.query(
      `select severity, event_data as data from system_events where source = 'daemon' and event_type = '${eventType}' order by created_at`,
    );
  await expect.poll(events, { interval: 100 }).toEqual([{ severity, data: expect.objectContaining(data) }]);
}

test('a migration, a reorganization, its undo and a take-over are told, outside the journal, and no undo takes that back', async () => {
  const daemon = chain.start();
  await chain.register('A');
  await daemon.projected(await chain.register('B'));
  await eventTold('migration', 'info', { count: expect.any(Number) });
  await chain.node('anvil_reorg', 2, []);
  await chain.node('anvil_mine', '0x1');
  await eventTold('reorg', 'warning', { chainId: 31337, orphanedBlocks: 2 });
  await eventTold('undo', 'warning', { chainId: 31337, restored: 0 });
  expect(await chain.query('select * from products')).toEqual([]);

  await daemon.stop();
  const heir = chain.start();
  await heir.projected(await chain.register('C'));
  await eventTold('takeover', 'info', { epoch: 2, wasReleased: true, from: expect.any(Object) });
  await chain.node('anvil_reorg', 1, []);
  await chain.node('anvil_mine', '0x1');
  await expect.poll(async () => await chain.query('select * from products')).toEqual([]);

  const own = await chain.query<{ id: string; chain_id: unknown; block_hash: unknown }>(
    `select id, chain_id, block_hash from system_events where source = 'daemon'`,
  );
  expect(own.length).toBeGreaterThanOrEqual(6);
  expect(own.every((row) => row.chain_id === null && row.block_hash === null)).toBe(true);
  expect(
    await chain.query(
      `select from ledger.journal where table_id = ${chainTable('systemEvents').id}
         and row_id in (select id from system_events where source = 'daemon')`,
    ),
  ).toEqual([]);
});

test('a node’s failover is told once, however often it fails', async () => {
  const daemon = chain.start({
    overrides: { chain: { rpcUrls: ['http://127.0.0.1:1', chain.rpcUrl] } },
  });
  await daemon.projected(await chain.register('A'));
  await daemon.projected(await chain.register('B'));
  await eventTold('node_failover', 'warning', { node: expect.stringContaining('127.0.0.1:1') });
});

test('logs that can’t be read are told, one event a batch', async () => {
  // An ERC-20's Transfer has the topic of an ERC-721's, and one indexed argument less.
  const daemon = chain.start({
    contracts: [
      {
        kind: 'NFTCertificate',
        address: chain.addresses.traceToken,
        startBlock: 0,
        registry: chain.addresses.productRegistry,
      },
    ],
  });
  const hash = await chain.clients.walletClient.writeContract({
    address: chain.addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [chain.addresses.productRegistry, 5n],
  });
  const { blockNumber } = await chain.clients.publicClient.waitForTransactionReceipt({ hash });
  await daemon.projected(Number(blockNumber));
  const [quarantined] = await chain.query<{ count: number }>('select count(*)::int from ledger.quarantine');
  const [told] = await chain.query<{ count: number }>(
    `select sum((event_data ->> 'count')::int)::int as count from system_events where event_type = 'quarantine' and severity = 'error'`,
  );
  expect(told).toEqual(quarantined);
  expect(told?.count).toBeGreaterThan(0);
});

test('a projection that is parked is told, with the block and the reason', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.register('A'));
  await chain.query(`alter table products add constraint refused check (batch_number <> 'B')`);
  const blockNumber = await chain.register('B');
  await eventTold('parking', 'fatal', {
    stream: 'projection',
    blockNumber,
    error: expect.stringContaining('refused'),
  });
});

test('a latch is told with its reason', async () => {
  const daemon = chain.start();
  await chain.register('A');
  await chain.node('anvil_mine', '0xa');
  await daemon.projected(await chain.head());
  await chain.node('anvil_reorg', 9, []);
  await chain.node('anvil_mine', '0x1');
  await eventTold('latch', 'fatal', {
    reason: expect.stringContaining('deeper than the final block'),
    final: expect.objectContaining({ number: expect.any(Number) }),
  });
});
