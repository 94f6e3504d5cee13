/** Audits that continue earlier ones: what they skip and read again, and when findings are closed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { runTracechain } from '../../cli/run.ts';
import type { Devnet } from '../../../src/devnet/devnet.ts';
import { live, mineEmptyBlocks } from '../../e2e/support/life.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(31, 200);
}, 120_000);

afterAll(async () => await chain.close());

const recorded = { isRecorded: true, isFull: false } as const;

const openFindings = async () =>
  await chain.query<{ table_name: string; column_name: string; closed: boolean }>(
    'select table_name, column_name, closed_by is not null as closed from ledger.audit_findings order by id',
  );

test('the first audit is a full one', async () => {
  const { scope, findings, skippedContracts } = await chain.audit(recorded);
  expect(scope).toMatchObject({ mode: 'full', since: null });
  expect(findings).toEqual([]);
  expect(skippedContracts).toEqual([]);
});

test('the second audit skips every contract whose storage is proven to be unchanged', async () => {
  const { scope, skippedContracts, contracts, entities, findings } = await chain.audit(recorded);
  expect(scope).toMatchObject({ mode: 'incremental', runsUntilAllAreRead: 64 });
  expect(findings).toEqual([]);
  expect(entities).toBe(0);
  expect(skippedContracts).toHaveLength(contracts);
});

test('a later audit reads the changes since, and a sample of the rest', async () => {
  const before = await chain.audit(recorded);
  await live(chain.devnet, { moreLogs: 60 });
  await chain.follow();
  const { scope, entities, rows, findings, skippedContracts } = await chain.audit(recorded);
  expect(findings).toEqual([]);
  expect(scope).toMatchObject({ mode: 'incremental', since: before.block });
  expect(entities).toBeGreaterThan(20);
  expect(rows).toBeGreaterThan(50);
  expect(skippedContracts.length).toBeGreaterThan(0);
});

test('an audit of an earlier block uses the rows as of that block', async () => {
  const { block } = await chain.audit();
  const { block: earlier, findings, rows } = await chain.audit({ at: block - 12 });
  expect(earlier).toBe(block - 12);
  // A later event has since reported a change that the contract made silently before that block.
  expect(findings.filter((finding) => finding.class !== 'changed without an event')).toEqual([]);
  expect(findings.length).toBeLessThan(3);
  expect(rows).toBeGreaterThan(500);
});

test('every row’s entity is read once within the announced number of audits', async () => {
  const full = await chain.audit({ ...recorded, isFull: true });
  // Otherwise the storage proofs show that there is nothing to read.
  await chain.query('delete from ledger.audit_contracts');
  let [entities, rounds] = [0, 1];
  for (let round = 0; round < rounds; round++) {
    const { scope, entities: read } = await chain.audit({ ...recorded, sample: 60 });
    rounds = scope.runsUntilAllAreRead ?? 0;
    entities += read;
  }
  expect(rounds).toBeGreaterThan(1);
  // A standard is known only from logs, so only full audits read it.
  expect(entities).toBeGreaterThan(0.95 * full.entities);
});

/** The codes of the problems that `tracechain status` reports. */
async function statusProblems(): Promise<string[]> {
  const { output } = await runTracechain(['status', '--json'], {
    environment: { DATABASE_URL: chain.databaseUrl },
  });
  const { problems } = JSON.parse(output) as { readonly problems: readonly { readonly code: string }[] };
  return problems.map(({ code }) => code);
}

test('a finding stays open until an audit no longer has it, and is then closed', async () => {
  const [row] = await chain.query<{ id: string; product_name: string }>(
    'select id, product_name from public.products order by md5(id::text) limit 1',
  );
  const rename = async (name: string) =>
    await chain.tamper(`update public.products set product_name = '${name}' where id = '${row?.id}'`);
  await rename('Falsified');
  expect((await chain.audit({ ...recorded, isFull: true })).findings).toHaveLength(1);
  expect((await chain.audit(recorded)).findings).toHaveLength(1);
  expect(await openFindings()).toEqual([
    { table_name: 'products', column_name: 'product_name', closed: false },
  ]);
  expect(await statusProblems()).toContain('audit-findings');
  await rename(row?.product_name ?? '');
  expect((await chain.audit(recorded)).findings).toEqual([]);
  expect(await openFindings()).toEqual([
    { table_name: 'products', column_name: 'product_name', closed: true },
  ]);
  expect(await statusProblems()).not.toContain('audit-findings');
});

test('an incremental audit finds a falsified value when the sample contains its row', async () => {
  await chain.audit({ ...recorded, isFull: true });
  await chain.query('delete from ledger.audit_contracts');
  await chain.tamper(`update public.token_balances set balance = balance + 1 where id = (
    select id from public.token_balances order by md5(id::text) limit 1)`);
  const { findings } = await chain.audit({ ...recorded, sample: 1_000_000 });
  expect(findings).toMatchObject([{ table: 'token_balances', field: 'balance' }]);
});

test('an auditor needs only the read-only role and a node', async () => {
  const url = new URL(chain.databaseUrl);
  url.searchParams.set('options', '-c role=tracechain_readonly');
  const audit = async (...words: readonly string[]) =>
    await runTracechain(['audit', '--full', '--format', 'json', ...words], {
      environment: { DATABASE_URL: url.href },
    });
  const before = await chain.query('select id from ledger.audit_runs');
  const { code, output } = await audit('--no-record', '--rpc', chain.devnet.anvil.rpcUrl);
  expect(code).toBe(1);
  expect(JSON.parse(output)).toMatchObject({ findings: [{ table: 'token_balances', field: 'balance' }] });
  expect(await chain.query('select id from ledger.audit_runs')).toEqual(before);
  const refused = await audit('--rpc', chain.devnet.anvil.rpcUrl);
  expect(refused.code).toBe(2);
  expect(refused.errors).toContain('--no-record');
}, 30_000);

test('an audit during a replay sees the rows before or after the merge, also for an earlier block', async () => {
  const { block } = await chain.audit();
  const everything = { from: null, only: null, stale: false, dryRun: false };
  const [replayed, ...audits] = await Promise.all([
    chain.command(replayCommand(allProjections), everything),
    chain.audit(),
    chain.audit({ at: block - 5 }),
  ]);
  expect(replayed.differences).toMatchObject([{ table: 'token_balances', changed: 1 }]);
  for (const { findings } of audits)
    for (const finding of findings)
      expect(finding).toMatchObject({ table: 'token_balances', field: 'balance' });
  expect((await chain.audit()).findings).toEqual([]);
  expect((await chain.audit({ at: block - 5 })).findings).toEqual([]);
}, 60_000);

test('an instant selects the last block before it, and a sample is read in addition to the changes', async () => {
  const { block, entities } = await chain.audit({ ...recorded, isFull: true });
  const { timestamp } = await chain.devnet.client.getBlock({ blockNumber: BigInt(block - 7) });
  const audit = async (...words: readonly string[]) => {
    const { output } = await runTracechain(
      ['audit', '--no-record', '--format', 'json', '--rpc', chain.devnet.anvil.rpcUrl, ...words],
      { environment: { DATABASE_URL: chain.databaseUrl } },
    );
    return JSON.parse(output) as { block: number; entities: number };
  };
  const instant = (seconds: bigint) => new Date(Number(seconds) * 1000);
  expect((await chain.audit({ at: instant(timestamp) })).block).toBe(block - 8);
  const after = instant(timestamp + 1n).toISOString();
  expect((await audit('--full', '--at', after)).block).toBe(block - 7);
  await chain.query('delete from ledger.audit_contracts');
  const sampled = await audit('--sample', '7');
  expect(sampled.block).toBe(block);
  expect(sampled.entities).toBeGreaterThanOrEqual(7);
  expect(sampled.entities).toBeLessThan(entities / 4);
}, 60_000);

/** viem's client for anvil does not support this request. */
async function reorganize({ anvil }: Devnet, depth: number): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_reorg', params: [depth, []] });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(anvil.rpcUrl, { method: 'POST', headers, body });
  expect(await answer.json()).not.toHaveProperty('error');
}

test('an audit during a reorg of the head uses only final blocks', async () => {
  const { devnet, databaseUrl } = chain;
  await live(devnet, { moreLogs: 30 });
  const daemon = startTestDaemon({ databaseUrl, rpcUrl: devnet.anvil.rpcUrl, contracts: devnet.contracts });
  await daemon.projected(Number(await devnet.client.getBlockNumber()));
  const auditing = Promise.all([chain.audit(), chain.audit()]);
  const audits = { areDone: false };
  void auditing.finally(() => (audits.areDone = true));
  do {
    await reorganize(devnet, 4);
    await mineEmptyBlocks(devnet, 1);
  } while (!audits.areDone);
  for (const { findings } of await auditing) expect(findings).toEqual([]);
  await mineEmptyBlocks(devnet, 6);
  await daemon.projected(Number(await devnet.client.getBlockNumber()));
  await daemon.stop();
  const orphaned = await chain.query('select from ledger.blocks where not is_canonical and log_count > 0');
  expect(orphaned.length).toBeGreaterThan(0);
  expect((await chain.audit()).findings).toEqual([]);
}, 60_000);
