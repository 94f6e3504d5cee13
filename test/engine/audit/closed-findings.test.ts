/** Which findings an audit may close, and which audits an incremental one continues. Neither depends on which audit was recorded last. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  lastCleanAudit,
  openFindings,
  requireRightToRecord,
} from '../../../src/engine/audit/findings/record.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { changeSilently } from '../../e2e/support/life.ts';
import { runTracechain } from '../../cli/run.ts';
import { startNodeProxy } from '../../support/node-proxy.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;
let pool: Pool;
let folder: string;
/** The block in which contracts changed without an event. */
let changedIn: number;

beforeAll(async () => {
  chain = await startAuditedChain(47, 60);
  pool = new Pool({ connectionString: chain.databaseUrl });
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
  await writeFile(
    join(folder, 'key.pem'),
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    { mode: 0o600 },
  );
}, 120_000);

afterAll(async () => {
  await pool.end();
  await rm(folder, { recursive: true });
  await chain.close();
});

const full = { isRecorded: true, isFull: true } as const;
const usual = { isRecorded: true, isFull: false } as const;

async function open(): Promise<number> {
  return (await withClient(async (client) => await openFindings(client, chain.chainId))).count;
}

async function withClient<Result>(work: (client: PoolClient) => Promise<Result>) {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const sentence = 'The tables are what the chain says';

async function report(name: string, ...words: readonly string[]) {
  return await tracechain(
    'audit',
    ...words,
    '--report',
    join(folder, name),
    '--key',
    join(folder, 'key.pem'),
  );
}

async function tracechain(...words: readonly string[]) {
  return await runTracechain([...words], {
    environment: { DATABASE_URL: chain.databaseUrl, RPC_URL: chain.devnet.anvil.rpcUrl },
  });
}

test('an incremental audit continues from the highest block, regardless of the order of recording', async () => {
  const { block } = await chain.audit(full);
  await chain.audit({ ...full, at: block - 10 });
  const clean = await withClient(async (client) => await lastCleanAudit(client, chain.chainId));
  expect(clean).toMatchObject({ block });
  const { scope } = await chain.audit(usual);
  expect(scope).toMatchObject({ mode: 'incremental', since: block });
  // Storage roots proven for an earlier block do not replace those of a later one.
  expect(await chain.query('select distinct block_number::int as block from ledger.audit_contracts')).toEqual(
    [{ block }],
  );
}, 60_000);

test('an incremental audit does not continue a chain of audits that starts without a full one', async () => {
  const [run] = await chain.query<{ id: string }>(
    `select id from ledger.audit_runs where mode = 'full' order by id limit 1`,
  );
  const areas = async (value: string) =>
    await chain.query(`update ledger.audit_runs set areas = ${value} where mode = 'full' and id >= $1`, [
      run?.id,
    ]);
  await areas(`'{staking}'`);
  expect(await withClient(async (client) => await lastCleanAudit(client, chain.chainId))).toBeNull();
  await areas('null');
  expect(await withClient(async (client) => await lastCleanAudit(client, chain.chainId))).not.toBeNull();
});

test('an incremental audit and its report name the parts that it did not cover', async () => {
  const clean = await tracechain('audit', '--full');
  expect(clean.output).toContain(sentence);
  await chain.query('delete from ledger.audit_contracts');
  const { code, output } = await report('usual.json');
  expect(code).toBe(0);
  expect(output).not.toContain(sentence);
  expect(output).toMatch(
    /Nothing was found in what was looked at, .*\n.*the rows that nothing has touched since block \d+/,
  );
  const { output: verified } = await tracechain('audit', 'verify', join(folder, 'usual.json'));
  expect(verified).toMatch(/audit +incremental: .* since block \d+.* 1 in 64/);
  expect(verified).toMatch(/not looked at +the rows that nothing has touched since block \d+/);
  const json = await tracechain('audit', '--format', 'json');
  expect(JSON.parse(json.output)).toMatchObject({
    findings: [],
    notLookedAt: [expect.stringContaining('the rows that nothing has touched')],
  });
}, 60_000);

test('an audit at an earlier block closes no finding of a later one', async () => {
  await changeSilently(chain.devnet);
  changedIn = Number(await chain.devnet.client.getBlockNumber());
  await chain.follow();
  const { findings } = await chain.audit(full);
  expect(findings).toHaveLength(6);
  const earlier = await chain.audit({ ...full, at: changedIn - 1 });
  expect(earlier.findings).toEqual([]);
  expect(await open()).toBe(6);
  // Later audits do not continue as if there were no finding.
  const { scope, findings: still } = await chain.audit(usual);
  expect(scope.mode).toBe('full');
  expect(still).toHaveLength(6);
  expect((await tracechain('audit')).code).toBe(1);
  expect(await open()).toBe(6);
}, 60_000);

test('an audit at an earlier block with the same finding keeps the later block’s details', async () => {
  const { block } = await chain.audit(full);
  await chain.audit({ ...full, at: changedIn });
  expect(
    await chain.query(
      'select distinct block_number::int as block from ledger.audit_findings where closed_by is null',
    ),
  ).toEqual([{ block }]);
  await chain.audit({ ...full, at: block - 1 });
  expect(await open()).toBe(6);
}, 60_000);

test('neither an audit of other areas nor one with an unanswering contract closes a finding', async () => {
  await chain.audit({ ...full, areas: ['staking'] });
  expect(await open()).toBe(6);
  await using proxy = await startNodeProxy(chain.devnet.anvil.rpcUrl);
  const pruned = { code: -32000, message: 'missing trie node 1d3f (path ) state 0x1d3f is not available' };
  proxy.intercept = (response, requests) => {
    if (!requests.some(({ method }) => method === 'eth_call')) return false;
    const answers = requests.map(({ id }) => ({ jsonrpc: '2.0', id, error: pruned }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers));
    return true;
  };
  const blind = await chain.audit({ ...full, nodes: [createNode({ url: proxy.url })] });
  expect(new Set(blind.findings.map((finding) => finding.class))).toEqual(new Set(['state unavailable']));
  const { byClass } = await withClient(async (client) => await openFindings(client, chain.chainId));
  expect(byClass).toMatchObject({ 'changed without an event': 6 });
  await chain.audit(full);
  expect(await open()).toBe(6);
}, 60_000);

test('an audit that began before the finding was seen does not close it', async () => {
  const began = new Date(Date.now() - 600_000);
  await chain.tamper(`update public.products set product_name = product_name || '!' where product_id = 1`);
  await chain.audit(full);
  await chain.tamper(
    `update public.products set product_name = rtrim(product_name, '!') where product_id = 1`,
  );
  const before = await open();
  await chain.audit({ ...full, now: () => began });
  expect(await open()).toBe(before);
  await chain.audit(full);
  expect(await open()).toBe(6);
}, 60_000);

test('open findings are counted by class, with the oldest one', async () => {
  const counted = await withClient(async (client) => await openFindings(client, chain.chainId));
  expect(counted).toMatchObject({ count: 6, byClass: { 'changed without an event': 6 } });
  expect(counted.oldest?.openedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+/);
  expect(counted.oldest?.table).toBeTypeOf('string');
  expect(await withClient(async (client) => await openFindings(client, 1))).toEqual({
    count: 0,
    byClass: {},
    oldest: null,
  });
});

test('exactly the recorded audits with findings record a system event', async () => {
  const events = async () =>
    await chain.query<{ severity: string; data: { runId: number; findings: number } }>(
      `select severity, event_data as data from public.system_events where event_type = 'audit_findings' order by created_at, id`,
    );
  const runs = await chain.query<{ id: number; findings: number }>(
    'select id::int, findings from ledger.audit_runs where findings > 0 order by id',
  );
  const told = await events();
  expect(told.map(({ data }) => data.runId).toSorted((a, b) => a - b)).toEqual(runs.map(({ id }) => id));
  expect(new Set(told.map(({ severity }) => severity))).toEqual(new Set(['error']));
  await chain.audit({ ...full, isRecorded: false });
  await chain.audit({ ...full, areas: ['staking'] });
  expect(await events()).toHaveLength(told.length);
}, 60_000);

test('a repair that is not recorded is refused before any read', async () => {
  const { code, errors } = await tracechain('audit', '--repair', '--no-record');
  expect(code).toBe(2);
  expect(errors).toContain("option '--repair' cannot be used with option '--no-record'");
  expect(await chain.query('select from ledger.observations')).toEqual([]);
});

test('a read-only database is detected before the audit begins', async () => {
  const client = await pool.connect();
  try {
    await client.query('set default_transaction_read_only = on');
    await expect(requireRightToRecord(client)).rejects.toMatchObject({
      code: 'audit/may-not-record',
      fix: expect.stringContaining('--no-record') as string,
    });
  } finally {
    client.release(true);
  }
});

test('the observations of a repair name the audit that found them', async () => {
  const { code } = await tracechain('audit', '--full', '--repair');
  expect(code).toBe(1);
  const entered = await chain.query<{ started: boolean }>(
    `select run.findings > 0 as started from ledger.observations
     left join ledger.audit_runs as run on run.id = observations.run_id`,
  );
  expect(entered).toHaveLength(5);
  expect(new Set(entered.map(({ started }) => started))).toEqual(new Set([true]));
  // Lost money has no value that a repair could set.
  expect(await open()).toBe(1);
}, 60_000);

test('an audit of some areas and its report name the areas that it did not cover', async () => {
  const some = await report('some.json', '--only', 'staking', '--only', 'token');
  expect(some).toMatchObject({ code: 0 });
  expect(some.output).not.toContain(sentence);
  expect(some.output).toContain('Nothing was found in what was looked at');
  expect(some.output).toContain(
    'the areas products, certificates, payments, rewards, compliance, administration',
  );
  expect(await readFile(join(folder, 'some.html'), 'utf8')).toContain('Not looked at');

  const verified = await tracechain('audit', 'verify', join(folder, 'some.json'));
  expect(verified.output).toMatch(/audit +full/);
  expect(verified.output).toMatch(/areas +token, staking/);
  expect(verified.output).toMatch(/not looked at +the areas products/);
  expect(verified.output).toMatch(/findings +none in what was looked at/);
  const json = await tracechain('audit', 'verify', '--json', join(folder, 'some.json'));
  expect(JSON.parse(json.output)).toMatchObject([
    {
      scope: { mode: 'full', areas: ['token', 'staking'], since: null },
      notLookedAt: [expect.stringContaining('the areas products')],
      findings: 0,
    },
  ]);
}, 60_000);
