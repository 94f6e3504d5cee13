import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { multicall3Address } from '../../contracts-fixtures/deploy.ts';
import { startAudits } from '../../src/audit/jobs.ts';
import { createNode } from '../../src/chain/node.ts';
import { createNodePool } from '../../src/chain/nodes.ts';
import { createPool } from '../../src/db/client.ts';
import { JobQueue } from '../../src/queue/job-queue.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(37, 100);
}, 120_000);

afterAll(async () => await chain.close());

test('an audit that comes due is run, kept, and announced where it finds something', async () => {
  await chain.tamper(`update public.products set product_name = product_name || '!' where product_id = 1`);
  const pool = createPool({
    connectionString: chain.databaseUrl,
    applicationName: 'scheduled audits test',
    onConnectionError: () => undefined,
  });
  const logger = pino({ level: 'silent' });
  const queue = await JobQueue.start({
    connectionString: chain.databaseUrl,
    applicationName: 'scheduled audits test',
    scheduleIntervalSeconds: 1,
    logger,
  });
  try {
    await startAudits({
      pool,
      queue,
      lease: { chainId: chain.chainId },
      nodes: () =>
        createNodePool({
          nodes: [createNode({ url: chain.devnet.anvil.rpcUrl })],
          now: () => performance.now(),
        }),
      repair: 'none',
      schedules: { incremental: '* * * * *', full: null },
      multicall3: multicall3Address,
      maximumReadBytes: 1_000_000,
      logger,
      signal: AbortSignal.timeout(100_000),
      now: () => new Date(),
    });
    await expect
      .poll(
        async () =>
          await chain.query(
            `select event_data ->> 'findings' as findings, severity from public.system_events where event_type = 'audit_findings'`,
          ),
        { timeout: 90_000 },
      )
      .not.toEqual([]);
  } finally {
    await queue.stop();
    await pool.end();
  }
  expect(
    await chain.query('select started_by, mode, findings > 0 as found from ledger.audit_runs'),
  ).toContainEqual({ started_by: 'schedule', mode: 'full', found: true });
}, 120_000);
