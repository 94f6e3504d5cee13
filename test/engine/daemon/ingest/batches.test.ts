/** Batches overlap: one is saved while the next is folded. The result must equal that of one large batch. */
import { expect, it } from 'vitest';
import { traceTokenAbi } from '../../../../abis/index.ts';
import { createPool } from '../../../../src/db/client.ts';
import { digestChain } from '../../../../src/engine/store/digest.ts';
import { toAddress } from '../../../../src/primitives/hex.ts';
import { followChain } from '../../../support/followed-chain.ts';

const chain = followChain();

it('small batches, each folded while the one before is saved, leave the rows and the journal of a large one', async () => {
  for (let number = 1; number <= 10; number++) {
    await chain.register(`B-${number}`);
    // The same holder in every batch, so that each batch must see the previous one's change of the balance.
    await transfer(BigInt(number));
  }
  const head = await chain.mine(10);
  const other = await chain.anotherDatabase();
  const small = chain.start({ overrides: { projection: { batchLogs: 3 } } });
  const large = chain.start({ databaseUrl: other });
  await Promise.all([small.projected(head), large.projected(head)]);
  await Promise.all([small.stop(), large.stop()]);
  expect(await digest(chain.databaseUrl)).toEqual(await digest(other));
  expect(await journal(chain.databaseUrl)).toEqual(await journal(other));
  expect((await journal(other)).length).toBeGreaterThan(60);
});

async function transfer(amountWei: bigint): Promise<void> {
  const { publicClient, walletClient } = chain.clients;
  const hash = await walletClient.writeContract({
    address: chain.addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [toAddress(`0x${'77'.repeat(20)}`), amountWei],
  });
  await publicClient.waitForTransactionReceipt({ hash });
}

async function digest(databaseUrl: string) {
  const pool = createPool({
    connectionString: databaseUrl,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  try {
    return await digestChain(pool, 31_337);
  } finally {
    await pool.end();
  }
}

async function journal(databaseUrl: string): Promise<object[]> {
  return await chain.query(
    `select block_number, log_index, table_id, row_id, operation, before::text from ledger.journal
     order by block_number, log_index, table_id, row_id`,
    databaseUrl,
  );
}
