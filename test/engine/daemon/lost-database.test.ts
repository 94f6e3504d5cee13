import { expect, test } from 'vitest';
import { startCuttableProxy, type CuttableProxy } from '../../support/cuttable-proxy.ts';
import { followChain } from '../../support/followed-chain.ts';

const chain = followChain();

async function there(relation: string): Promise<boolean> {
  const [row] = await chain.query<{ there: boolean }>(
    `select to_regclass('${relation}') is not null as there`,
  );
  return row?.there === true;
}

async function leads(): Promise<boolean> {
  return (await there('ledger.leaders')) && (await chain.query('select from ledger.leaders')).length > 0;
}

async function away(proxy: CuttableProxy): Promise<void> {
  proxy.cut();
  await new Promise((resolve) => setTimeout(resolve, 200));
  proxy.mend();
}

test('a daemon whose database goes away while it migrates, and again while it starts to lead, goes on when it is back', async () => {
  await using proxy = await startCuttableProxy(chain.databaseUrl);
  const daemon = chain.start({ databaseUrl: proxy.url });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await away(proxy);
  await expect.poll(leads, { interval: 5 }).toBe(true);
  await away(proxy);
  await chain.register('A');
  await expect
    .poll(async () => await chain.query('select batch_number from products'))
    .toEqual([{ batch_number: 'A' }]);
  await daemon.stop();
}, 100_000);

test('a standby whose database goes away goes on standing by', async () => {
  await using proxy = await startCuttableProxy(chain.databaseUrl);
  const leader = chain.start();
  await leader.projected(await chain.register('A'));
  const standby = chain.start({ databaseUrl: proxy.url });
  await standby.standsBy();
  await away(proxy);
  await leader.stop();
  await chain.register('B');
  await expect
    .poll(async () => await chain.query('select batch_number from products order by 1'))
    .toEqual([{ batch_number: 'A' }, { batch_number: 'B' }]);
  await standby.stop();
}, 100_000);
