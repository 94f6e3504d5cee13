/** Valid configurations that are probably mistakes: the daemon warns and does not refuse them. */
import { expect, test } from 'vitest';
import { traceTokenAbi } from '../../../../abis/index.ts';
import { createPool, withClient } from '../../../../src/db/client.ts';
import { readStatus, type Status } from '../../../../src/operations/status.ts';
import { fixtureContracts } from '../../../support/daemon.ts';
import { followChain } from '../../../support/followed-chain.ts';

const chain = followChain();

async function status(): Promise<Status> {
  const pool = createPool({
    connectionString: chain.databaseUrl,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  try {
    return await withClient(pool, async (client) => await readStatus(client));
  } finally {
    await pool.end();
  }
}

test('a start block that the chain hasn’t reached is in the status, with the head that it waits for', async () => {
  const head = await chain.head();
  const startBlock = head + 1_000;
  const [contract] = fixtureContracts(chain.addresses).map((one) => ({
    ...one,
    address: `0x${'77'.repeat(20)}` as typeof one.address,
    startBlock,
  }));
  if (contract === undefined) throw new Error('the fixtures have contracts');
  chain.start({ contracts: [contract] });
  await expect
    .poll(async () => await status().catch(() => null))
    .toMatchObject({ head, firstBlock: startBlock, ingested: null });
});

test('an address of another kind is told by all of its logs being unknown; one of which anything is known isn’t', async () => {
  for (let payment = 0; payment < 10; payment += 1) {
    const hash = await chain.clients.walletClient.writeContract({
      address: chain.addresses.traceToken,
      abi: traceTokenAbi,
      functionName: 'transfer',
      args: [chain.addresses.productRegistry, 5n],
    });
    await chain.clients.publicClient.waitForTransactionReceipt({ hash });
  }
  const head = await chain.register('A');
  const daemon = chain.start({
    contracts: [
      { kind: 'ProductRegistry', address: chain.addresses.traceToken, startBlock: 0 },
      { kind: 'ProductRegistry', address: chain.addresses.productRegistry, startBlock: 0 },
    ],
  });
  await daemon.projected(head);
  expect(await status()).toMatchObject({ contractsOfWrongKind: [chain.addresses.traceToken] });
});
