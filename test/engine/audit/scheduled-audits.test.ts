/** Scheduled audits: their findings are recorded and announced, and repaired if configured. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type AuditJobs, startAudits } from '../../../src/engine/daemon/jobs/audits.ts';
import { repairCommand } from '../../../src/engine/replay/repair.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import type { AuditMode } from '../../../src/engine/audit/findings/result.ts';
import { auditProcessName, auditProgram } from '../../../src/cli/audit-program.ts';
import { leaderCommand } from '../../../src/engine/leader/commands/command.ts';
import { startCommands } from '../../../src/engine/leader/commands/executor.ts';
import { changeSilently } from '../../e2e/support/life.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { type NodeProxy, startNodeProxy } from '../../support/node-proxy.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

const queueSchema = 'pgboss';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(37, 100);
}, 120_000);

afterAll(async () => await chain.close());

/** A daemon that audits, with schedules far in the future. It stops when it is disposed. */
async function auditingDaemon(
  changes: Partial<Pick<AuditJobs, 'repair' | 'logger'>> & {
    readonly chain?: Partial<AuditJobs['settings']['chain']>;
  } = {},
): Promise<AsyncDisposable> {
  const { chain: auditedChain, ...others } = changes;
  const ready = Promise.withResolvers<void>();
  const daemon = startTestDaemon({
    databaseUrl: chain.databaseUrl,
    rpcUrl: chain.devnet.anvil.rpcUrl,
    contracts: chain.devnet.contracts,
    startJobs: async (jobs) => {
      await startCommands([leaderCommand(repairCommand(allProjections))], jobs);
      await startAudits({
        ...jobs,
        schedules: { incremental: '0 0 1 1 *', full: null },
        repair: 'none',
        program: auditProgram,
        logger: pino({ level: 'silent' }),
        ...others,
        settings: { ...jobs.settings, chain: { ...jobs.settings.chain, ...auditedChain } },
      });
      ready.resolve();
    },
  });
  await ready.promise;
  return { [Symbol.asyncDispose]: async () => await daemon.stop() };
}

/** Sends the job of an audit, as pg-boss's schedules do, when the previous one has finished: there are never two. */
async function fallsDue(mode: AuditMode): Promise<void> {
  const client = new Client({ connectionString: chain.databaseUrl });
  await client.connect();
  try {
    const executeSql = async (text: string, values?: unknown[]) => await client.query(text, values);
    const boss = new PgBoss({ db: { executeSql }, schema: queueSchema });
    while ((await boss.send('audit-31337', { mode })) === null) await delay(50);
  } finally {
    await client.end();
  }
}

/** Audits have a low priority, so they take long on a machine that is busy with other tests. */
const patience = { timeout: 60_000, interval: 100 };

/** Sends the job of an audit, and waits until the expected number is recorded and none is running. */
async function comesDue(mode: AuditMode, audits = 1): Promise<void> {
  const count = async () =>
    (await chain.query<{ count: number }>('select count(*)::int as count from ledger.audit_runs'))[0]?.count;
  const before = (await count()) ?? 0;
  await fallsDue(mode);
  await expect.poll(count, patience).toBe(before + audits);
  // If the daemon stops at that moment, the job may remain active until its heartbeat expires.
  const atWork = async () =>
    await chain.query(
      `select from ${queueSchema}.job where name = 'audit-31337' and state in ('created', 'active')`,
    );
  await expect.poll(atWork, patience).toEqual([]);
}

test('the queue keeps the schedules of audits, and findings are recorded and announced', async () => {
  await chain.tamper(`update public.products set product_name = product_name || '!' where product_id = 1`);
  await using _ = await auditingDaemon();
  expect(
    await chain.query(`select key, cron from ${queueSchema}.schedule where name = 'audit-31337'`),
  ).toEqual([{ key: 'incremental', cron: '0 0 1 1 *' }]);
  await comesDue('incremental');
  expect(
    await chain.query('select started_by, mode, findings > 0 as found from ledger.audit_runs'),
  ).toContainEqual({ started_by: 'schedule', mode: 'full', found: true });
  const announced = async () =>
    await chain.query(`select severity from public.system_events where event_type = 'audit_findings'`);
  await expect.poll(announced, patience).toEqual([{ severity: 'error' }]);
  await chain.tamper(
    `update public.products set product_name = rtrim(product_name, '!') where product_id = 1`,
  );
}, 120_000);

test('each audit uses another node first, and a node with different answers is found', async () => {
  const { rpcUrl } = chain.devnet.anvil;
  await using proxy = await startNodeProxy(rpcUrl);
  const balanceOf = '0x70a08231';
  proxy.change = ({ method, params }, result) =>
    method === 'eth_call' && JSON.stringify(params).includes(`"${balanceOf}`)
      ? `${String(result).slice(0, -1)}${String(result).endsWith('7') ? '8' : '7'}`
      : result;
  // Without Multicall3, so that the proxy can distinguish the calls.
  await using _ = await auditingDaemon({ chain: { rpcUrls: [rpcUrl, proxy.url], multicall3: null } });
  await comesDue('full');
  await comesDue('full');
  const classes = await chain.query(
    `select class, column_name from ledger.audit_findings where table_name = 'token_balances' group by class, column_name`,
  );
  expect(classes).toEqual([{ class: 'node disagrees with another node', column_name: 'balance' }]);
}, 120_000);

test('changes without an event are repaired automatically if configured', async () => {
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
}, 120_000);

/** The processes in which the daemon currently audits. */
async function auditProcesses(): Promise<number[]> {
  const lists = await Promise.all(
    (await readdir('/proc/self/task')).map(
      async (thread) => await readFile(`/proc/self/task/${thread}/children`, 'utf8').catch(() => ''),
    ),
  );
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean));
  const commands = await Promise.all(
    children.map(async (pid) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return children.filter((_, index) => commands[index]?.split('\0').includes(auditProcessName)).map(Number);
}

/** A proxy for the node that answers no call, so that an audit never ends. */
async function hangingNode(): Promise<NodeProxy> {
  const proxy = await startNodeProxy(chain.devnet.anvil.rpcUrl);
  proxy.change = ({ method }, result) => (method === 'eth_call' ? undefined : result);
  return proxy;
}

test('the audit runs in a process of its own, whose death is reported while the daemon continues', async () => {
  await using proxy = await hangingNode();
  const told: { code: unknown; level: unknown }[] = [];
  const logger = pino(
    { level: 'warn' },
    {
      write(line: string) {
        const { level, err } = z
          .object({ level: z.number(), err: z.object({ code: z.unknown() }).optional() })
          .parse(JSON.parse(line));
        told.push({ level, code: err?.code });
      },
    },
  );
  await using _ = await auditingDaemon({ logger, chain: { rpcUrls: [proxy.url] } });
  await fallsDue('full');
  await expect.poll(auditProcesses, patience).toHaveLength(1);
  await expect.poll(() => proxy.asked.get('eth_call') ?? 0, patience).toBeGreaterThan(0);
  for (const pid of await auditProcesses()) process.kill(pid, 'SIGKILL');
  await expect
    .poll(() => told, patience)
    .toEqual([{ level: pino.levels.values['warn'], code: 'audit/process-ended' }]);
  proxy.change = null;
  await comesDue('full');
}, 120_000);

test('the audit’s process ends with the daemon', async () => {
  await using proxy = await hangingNode();
  const daemon = await auditingDaemon({ chain: { rpcUrls: [proxy.url] } });
  await fallsDue('full');
  await expect.poll(() => proxy.asked.get('eth_call') ?? 0, patience).toBeGreaterThan(0);
  expect(await auditProcesses()).toHaveLength(1);
  await daemon[Symbol.asyncDispose]();
  expect(await auditProcesses()).toEqual([]);
}, 120_000);
