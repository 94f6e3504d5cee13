/** `tracechain replay` as a user runs it: its output, its exit codes, and its requests to the node. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { fixtureContracts } from '../../support/daemon.ts';
import { FollowedChain } from '../../support/followed-chain.ts';
import { startNodeProxy } from '../../support/node-proxy.ts';
import { type Ran, runTracechain } from '../../cli/run.ts';

const chain = new FollowedChain();

beforeAll(async () => await chain.open(), 60_000);
afterAll(async () => await chain.close());
beforeEach(async () => {
  await chain.begin();
  await chain.register('B-1');
  await chain.register('B-2');
  const head = await chain.mine(6);
  const daemon = chain.start();
  await daemon.projected(head);
  await daemon.stop();
  return async () => await chain.end();
});

/** Every call is sent separately, so that the proxy can distinguish the answers. */
async function replay(words: readonly string[], rpcUrl = chain.rpcUrl): Promise<Ran> {
  return await runTracechain(['replay', ...words], {
    environment: {
      DATABASE_URL: chain.databaseUrl,
      RPC_URL: rpcUrl,
      TRACECHAIN_CONTRACTS: JSON.stringify(fixtureContracts(chain.addresses)),
      TRACECHAIN_MULTICALL3: 'false',
    },
  });
}

async function names(): Promise<string[]> {
  const rows = await chain.query<{ name: string }>('select product_name as name from products order by 1');
  return rows.map(({ name }) => name);
}

it('replay shows the differences in a dry run, then corrects them, and then finds none', async () => {
  await chain.query(`update products set product_name = 'Falsified' where product_id = 1`);
  const dry = await replay(['--dry-run']);
  expect(dry).toMatchObject({ code: 1 });
  expect(dry.output).toContain('products: 1 changed');
  expect(dry.output).toMatch(/product_name .*"Falsified" .*"Arabica"/);
  expect(await names()).toContain('Falsified');

  const unasked = await replay([]);
  expect(unasked.code).toBe(2);
  expect(unasked.errors).toContain('--yes');

  const done = await replay(['--only', 'products', '--yes']);
  expect(done).toMatchObject({ code: 0 });
  expect(done.output).toContain('as replay 1 in the journal');
  expect(await names()).toEqual(['Arabica', 'Arabica']);
  expect((await replay(['--dry-run'])).output).toContain('nothing differs');
  // The audit trail states that a replay reverted the row, and shows its new history block by block.
  const causes = await chain.query<{ cause: string }>(
    `select distinct cause from audit_logs where table_name = 'products' and record_id::text =
       (select id::text from products where product_id = 1) order by cause`,
  );
  expect(causes.map(({ cause }) => cause)).toEqual(expect.arrayContaining(['block', 'replay']));
}, 60_000);

it('replay --refetch reads from the node again and reports differences, without changing the ledger', async () => {
  const same = await replay(['--refetch', '--dry-run', '--json']);
  expect(same).toMatchObject({ code: 0 });
  expect(JSON.parse(same.output)).toMatchObject({
    refetched: { readsAdded: 0, readsUnavailable: 0, differences: [] },
    differences: [],
  });

  await using proxy = await startNodeProxy(chain.rpcUrl);
  const arabica = Buffer.from('Arabica').toString('hex');
  const robusta = Buffer.from('Robusta').toString('hex');
  proxy.change = ({ method }, result) =>
    method === 'eth_call' && typeof result === 'string' ? result.replace(arabica, robusta) : result;
  const other = await replay(['--refetch', '--yes'], proxy.url);
  expect(other).toMatchObject({ code: 1 });
  expect(other.output).toMatch(/The node’s answers differ:\n {2}block \d+: call of 0x/);
  expect(await names()).toEqual(['Arabica', 'Arabica']);
}, 60_000);

it('replay --refetch adds the reads that the ledger lacks', async () => {
  const [kept] = await chain.query<{ count: number }>('select count(*)::int as count from ledger.reads');
  await chain.query('set session_replication_role = replica; delete from ledger.reads');
  const { code, output } = await replay(['--refetch', '--dry-run', '--json']);
  expect(JSON.parse(output)).toMatchObject({ refetched: { readsAdded: kept?.count, differences: [] } });
  expect(code).toBe(0);
}, 60_000);
