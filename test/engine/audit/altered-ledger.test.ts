/** An altered ledger: the audit distinguishes it from altered rows, and a refetch from the node corrects it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTracechain } from '../../cli/run.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(47, 60);
}, 120_000);

afterAll(async () => await chain.close());

async function tracechain(...words: readonly string[]) {
  return await runTracechain([...words], {
    environment: { DATABASE_URL: chain.databaseUrl, RPC_URL: chain.devnet.anvil.rpcUrl },
  });
}

async function mend(): Promise<void> {
  const { code, output } = await tracechain('replay', '--refetch', '--mend', '--yes');
  expect(code).toBe(0);
  expect(output).toContain('1 blocks of the ledger were corrected.');
  expect(output).toContain('The node’s answers are the same.');
  expect(output).toContain('nothing differs');
  expect((await chain.audit({ isRecorded: true })).findings).toEqual([]);
}

/** A checkpoint's log, and the recorded read from which the fold took the other values. */
async function someCheckpoint(): Promise<{ id: string; block: number; index: number }> {
  const [row] = await chain.query<{ id: string; block: number; index: number }>(
    `select id, block_number::int as block, log_index as index from public.checkpoints
     where changed_block_number is null and location <> '' order by block_number desc, log_index desc limit 1`,
  );
  if (row === undefined) throw new Error('the chain has no checkpoint');
  return row;
}

test('the audit reports an altered recorded read if the contract’s answer equals the table', async () => {
  const { id, block } = await someCheckpoint();
  const [stored] = await chain.query<{ location: string }>(
    `select location from public.checkpoints where id = '${id}'`,
  );
  const from = Buffer.from(stored?.location ?? '').toString('hex');
  const to = from.replace(/^../, '5a');
  await chain.tamper(
    `update ledger.reads set result = decode(replace(encode(result, 'hex'), '${from}', '${to}'), 'hex')
     where block_number = ${block} and encode(result, 'hex') like '%${from}%'`,
  );
  const { findings } = await chain.audit({ isRecorded: true });
  const found = findings.find(({ table, field }) => table === 'checkpoints' && field === 'location');
  expect(found).toMatchObject({
    class: 'ledger altered',
    chainValue: stored?.location,
    databaseValue: stored?.location,
    evidence: expect.stringContaining('replay --refetch --mend') as string,
  });
  expect(found?.ledgerValue).toMatch(/^Z/);
  expect(new Set(findings.map((finding) => finding.class))).toEqual(new Set(['ledger altered']));
}, 60_000);

test('replay refuses an altered ledger', async () => {
  for (const words of [
    ['replay', '--yes'],
    ['replay', '--yes', '--refetch'],
  ]) {
    const { code, errors } = await tracechain(...words);
    expect(code).toBe(2);
    expect(errors).toContain('--mend');
  }
  const dry = await tracechain('replay', '--refetch', '--mend', '--dry-run');
  expect(dry.code).toBe(2);
  await mend();
}, 90_000);

test('the audit reports an altered log even if no contract keeps its values', async () => {
  const [moved] = await chain.query<{ id: string; block: number; index: number }>(
    `select id, block_number::int as block, log_index as index from public.trace_token_transactions
     where amount > 0 order by block_number limit 1`,
  );
  await chain.tamper(
    `update ledger.logs set data = set_byte(data, 31, (get_byte(data, 31) + 1) % 256)
     where block_number = ${moved?.block} and log_index = ${moved?.index}`,
  );
  const { findings } = await chain.audit({ isRecorded: true });
  expect(findings.find(({ rowId }) => rowId === moved?.id)).toMatchObject({
    field: 'amount',
    class: 'ledger altered',
    evidence: expect.stringContaining(`log ${moved?.index} of block ${moved?.block} in the ledger`) as string,
  });
  expect(new Set(findings.map((finding) => finding.class))).toEqual(new Set(['ledger altered']));
  await mend();
}, 90_000);

test('after a log was deleted, the audit reports the whole row, which the table and the contract have', async () => {
  const { id, block, index } = await someCheckpoint();
  await chain.tamper(`delete from ledger.logs where block_number = ${block} and log_index = ${index}`);
  const { findings } = await chain.audit({ isRecorded: true });
  const found = findings.find(({ rowId, field }) => rowId === id && field === null);
  expect(found).toMatchObject({ class: 'ledger altered', ledgerValue: null, isChainKept: true });
  expect(found?.chainValue).toMatchObject({ location: expect.any(String) as string });
  expect(findings).toContainEqual(
    expect.objectContaining({ table: 'ledger.logs', entity: `block ${block}`, class: 'ledger altered' }),
  );
  await mend();
}, 90_000);

test('the audit still distinguishes altered rows from an altered ledger', async () => {
  await chain.tamper(`update public.products set product_name = product_name || '!' where product_id = 1`);
  const { findings } = await chain.audit();
  expect(new Set(findings.map((finding) => finding.class))).toEqual(
    new Set(['application wrote a chain column']),
  );
  await chain.tamper(
    `update public.products set product_name = rtrim(product_name, '!') where product_id = 1`,
  );
}, 60_000);
