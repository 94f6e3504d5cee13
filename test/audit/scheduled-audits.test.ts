/** Audits that come due: kept, announced, and followed by a repair where that is configured. */
import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { multicall3Address } from '../../contracts-fixtures/deploy.ts';
import { type AuditJobs, startAudits } from '../../src/audit/jobs.ts';
import { repairCommand } from '../../src/audit/repair.ts';
import type { AuditMode } from '../../src/audit/result.ts';
import { createNode } from '../../src/chain/node.ts';
import { createNodePool, type NodePool } from '../../src/chain/nodes.ts';
import { leaderCommand } from '../../src/sync/commands/command.ts';
import { startCommands } from '../../src/sync/commands/start-commands.ts';
import { changeSilently } from '../e2e/support/life.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { startNodeProxy } from '../support/node-proxy.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

const queueSchema = 'pgboss';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(37, 100);
}, 120_000);

afterAll(async () => await chain.close());

/** A daemon that audits, its schedules far away; it stops when it is disposed of. */
async function auditingDaemon(
  changes: Partial<Pick<AuditJobs, 'repair' | 'nodes' | 'multicall3'>> = {},
): Promise<AsyncDisposable> {
  const ready = Promise.withResolvers<void>();
  const daemon = startTestDaemon({
    databaseUrl: chain.databaseUrl,
    rpcUrl: chain.devnet.anvil.rpcUrl,
    contracts: chain.devnet.contracts,
    startJobs: async (jobs) => {
      await startCommands([leaderCommand(repairCommand())], jobs);
      await startAudits({
        ...jobs,
        schedules: { incremental: '0 0 1 1 *', full: null },
        repair: 'none',
        multicall3: multicall3Address,
        maximumReadBytes: 1_000_000,
        logger: pino({ level: 'silent' }),
        now: () => new Date(),
        ...changes,
      });
      ready.resolve();
    },
  });
  await ready.promise;
  return { [Symbol.asyncDispose]: async () => await daemon.stop() };
}

/** Has one come due, as pg-boss's schedules do, and waits until so many more are on record. */
async function comesDue(mode: AuditMode, audits = 1): Promise<void> {
  const count = async () =>
    (await chain.query<{ count: number }>('select count(*)::int as count from ledger.audit_runs'))[0]?.count;
  const before = (await count()) ?? 0;
  const client = new Client({ connectionString: chain.databaseUrl });
  await client.connect();
  const executeSql = async (text: string, values?: unknown[]) => await client.query(text, values);
  await new PgBoss({ db: { executeSql }, schema: queueSchema }).send('audit', { mode });
  await client.end();
  await expect.poll(count, { timeout: 30_000, interval: 100 }).toBe(before + audits);
}

test('its times are kept by the queue; what it finds is kept and announced', async () => {
  await chain.tamper(`update public.products set product_name = product_name || '!' where product_id = 1`);
  await using _ = await auditingDaemon();
  expect(await chain.query(`select key, cron from ${queueSchema}.schedule where name = 'audit'`)).toEqual([
    { key: 'incremental', cron: '0 0 1 1 *' },
  ]);
  await comesDue('incremental');
  expect(
    await chain.query('select started_by, mode, findings > 0 as found from ledger.audit_runs'),
  ).toContainEqual({ started_by: 'schedule', mode: 'full', found: true });
  const announced = async () =>
    await chain.query(`select severity from public.system_events where event_type = 'audit_findings'`);
  await expect.poll(announced, { timeout: 10_000 }).toEqual([{ severity: 'error' }]);
  await chain.tamper(
    `update public.products set product_name = rtrim(product_name, '!') where product_id = 1`,
  );
}, 60_000);

test('each asks another node first, and a node that answers otherwise is found', async () => {
  const { rpcUrl } = chain.devnet.anvil;
  await using proxy = await startNodeProxy(rpcUrl);
  const balanceOf = '0x70a08231';
  proxy.change = ({ method, params }, result) =>
    method === 'eth_call' && JSON.stringify(params).includes(`"${balanceOf}`)
      ? `${String(result).slice(0, -1)}${String(result).endsWith('7') ? '8' : '7'}`
      : result;
  const nodes = [rpcUrl, proxy.url].map((url) => createNode({ url }));
  const pool: NodePool = createNodePool({ nodes, now: () => performance.now() });
  // Without Multicall3, so that the proxy can tell one answer from another.
  await using _ = await auditingDaemon({ nodes: () => pool, multicall3: null });
  await comesDue('full');
  await comesDue('full');
  const classes = await chain.query(
    `select class, column_name from ledger.audit_findings where table_name = 'token_balances' group by class, column_name`,
  );
  expect(classes).toEqual([{ class: 'node disagrees with another node', column_name: 'balance' }]);
}, 60_000);

test('what changed without an event is repaired by itself where that is configured', async () => {
  const silent = await changeSilently(chain.devnet);
  await chain.follow();
  await using _ = await auditingDaemon({ repair: 'event-less' });
  await comesDue('full', 2);
  const [row] = await chain.query(
    `select metadata_uri from public.products
     where product_id = ${silent.productWithOtherMetadata} and smart_contract_address = '${silent.registry}'`,
  );
  expect(row).toEqual({ metadata_uri: 'ipfs://unheard' });
  const [found, left] = await chain.query<{ findings: number }>(
    'select findings from (select id, findings from ledger.audit_runs order by id desc limit 2) as last order by id',
  );
  expect(found?.findings).toBeGreaterThan(left?.findings ?? 0);
  expect(
    await chain.query(
      `select from ledger.audit_findings where closed_by is null and table_name = 'products'`,
    ),
  ).toEqual([]);
}, 60_000);
