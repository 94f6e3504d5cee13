/** Contracts that do not answer, or whose answers do not decode: the values that they should confirm are not considered confirmed. */
import { encodeAbiParameters, encodeFunctionData, pad, toFunctionSelector, type Hex } from 'viem';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readArtifact } from '../../../contracts-fixtures/artifacts.ts';
import { hostileEmitterAbi } from '../../../contracts-fixtures/hostile-emitter.ts';
import type { AuditResult } from '../../../src/engine/audit/findings/result.ts';
import { auditPage } from '../../../src/cli/audit/html.ts';
import { formatAudit } from '../../../src/cli/audit/table.ts';
import type { Address } from '../../../src/primitives/hex.ts';
import { runTracechain } from '../../cli/run.ts';
import { first } from '../../e2e/support/life.ts';
import { callNode } from '../../support/json-rpc.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;
let token: Address;
const replaced = new Map<Address, unknown>();

beforeAll(async () => {
  chain = await startAuditedChain(53, 100);
  token = first(chain.devnet, 'TraceToken').address;
}, 120_000);

afterEach(async () => {
  for (const [address, code] of replaced) await call('anvil_setCode', [address, code]);
  replaced.clear();
});

afterAll(async () => await chain.close());

async function call(method: string, params: readonly unknown[]): Promise<unknown> {
  return await callNode(chain.devnet.anvil.rpcUrl, method, params);
}

/** The contract's storage is unchanged. */
async function replaceCode(address: Address, code: Hex): Promise<void> {
  if (!replaced.has(address)) replaced.set(address, await call('eth_getCode', [address, 'latest']));
  await call('anvil_setCode', [address, code]);
}

/** Reverts every call without data. */
const reverting = '0x5f5ffd';

async function send(data: Hex): Promise<void> {
  const [from] = (await call('eth_accounts', [])) as [Address];
  await call('eth_sendTransaction', [{ from, to: token, data, gas: '0x1c9c380' }]);
}

function namesOf({ findings }: AuditResult): string[] {
  return findings.map(({ entity, class: of }) => `${entity}: ${of}`).toSorted();
}

const supplyLaw = 'the balances of all holders add up to the total supply';

test('a token that reverts every call confirms nothing, and no output calls the audit clean', async () => {
  const holders = await chain.query('select from public.token_balances');
  await replaceCode(token, reverting);
  await chain.follow();
  const result = await chain.audit();
  expect(new Set(result.findings.map((finding) => finding.class))).toEqual(new Set(['not confirmable']));
  expect(namesOf(result)).toEqual([...new Set(namesOf(result))]);
  expect(result.findings.length).toBeLessThan(12);
  expect(result.findings).toContainEqual(
    expect.objectContaining({
      table: 'token_balances',
      contract: token,
      entity: `holder entities of ${token}`,
      evidence: expect.stringContaining(`balanceOf reverts: ${holders.length} of`) as string,
    }),
  );
  const invariant = result.invariants.find(({ name }) => name === supplyLaw);
  expect(invariant).toMatchObject({ status: 'not checked', detail: 'totalSupply reverts' });
  expect(result.findings).toContainEqual(
    expect.objectContaining({ entity: `${supplyLaw} (${token})`, evidence: 'totalSupply reverts' }),
  );
  for (const text of [formatAudit(result), auditPage(result)]) expect(text).toMatch(/not checked/i);
  const { code, output } = await runTracechain(
    ['audit', '--full', '--no-record', '--rpc', chain.devnet.anvil.rpcUrl],
    { environment: { DATABASE_URL: chain.databaseUrl } },
  );
  expect(code).toBe(1);
  expect(output).toContain('not confirmable');
  expect(output).not.toContain('The tables are what the chain says');
}, 120_000);

test('if all contracts revert, there is one finding per entity kind of each contract', async () => {
  const addresses = chain.devnet.contracts.map(({ address }) => address);
  const clean = await chain.query<{ address: Address }>(
    `select '0x' || encode(address, 'hex') as address from ledger.contracts where chain_id = 31337`,
  );
  for (const { address } of clean) await replaceCode(address, reverting);
  expect(clean.length).toBeGreaterThanOrEqual(addresses.length);
  await chain.follow();
  const { findings, invariants } = await chain.audit();
  expect(new Set(findings.map((finding) => finding.class))).toEqual(new Set(['not confirmable']));
  expect(new Set(findings.map(({ area }) => area)).size).toBe(8);
  expect(findings.length).toBeLessThan(3 * clean.length);
  const checked = new Set(invariants.filter(({ status }) => status === 'holds').map(({ name }) => name));
  expect(checked).not.toContain(supplyLaw);
}, 120_000);

test('an answer that does not decode as the getter’s output confirms nothing', async () => {
  await replaceCode(token, readArtifact('HostileEmitter').runtimeCode);
  const selector = toFunctionSelector('function balanceOf(address)');
  await send(
    encodeFunctionData({ abi: hostileEmitterAbi, functionName: 'setAnswer', args: [selector, '0x01'] }),
  );
  await chain.follow();
  const { findings } = await chain.audit({ areas: ['token'] });
  const found = findings.find(({ entity }) => entity === `holder entities of ${token}`);
  expect(found?.evidence).toContain('balanceOf returns data that can’t be decoded');
  await send(encodeFunctionData({ abi: hostileEmitterAbi, functionName: 'clearAnswer', args: [selector] }));
}, 120_000);

test('an incremental audit is not clean if a contract does not answer', async () => {
  await chain.follow();
  expect((await chain.audit({ isRecorded: true })).findings).toEqual([]);
  // The storage is unchanged; only the code answers differently.
  await chain.query('delete from ledger.audit_contracts');
  await replaceCode(token, reverting);
  await chain.follow();
  const { scope, findings } = await chain.audit({ isFull: false, sample: 1_000_000 });
  expect(scope.mode).toBe('full');
  expect(findings.map((finding) => finding.class)).toContain('not confirmable');
}, 120_000);

test('negative balances violate an invariant regardless of the contract’s answer, and status and doctor report them', async () => {
  await replaceCode(token, readArtifact('HostileEmitter').runtimeCode);
  const topic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
  const logs = Array.from({ length: 40 }, (_, index) => ({
    topics: [topic, pad(`0x${(index + 4096).toString(16)}`), pad('0x9999')] as const,
    data: encodeAbiParameters([{ type: 'uint256' }], [5n]),
  }));
  await send(encodeFunctionData({ abi: hostileEmitterAbi, functionName: 'emitLogs', args: [logs] }));
  await chain.follow();
  const { findings, invariants } = await chain.audit();
  const name = 'no holder’s balance is below zero';
  expect(invariants.find((one) => one.name === name)).toMatchObject({ status: 'broken', holds: false });
  const found = findings.find(({ entity }) => entity === `${name} (${token})`);
  expect(found).toMatchObject({ table: 'token_balances', class: 'missed event' });
  expect(found?.evidence).toMatch(/40 balances .*start block is too late/);
  const environment = { DATABASE_URL: chain.databaseUrl };
  const status = await runTracechain(['status', '--json'], { environment });
  expect(JSON.parse(status.output)).toMatchObject({ negativeBalances: [{ contract: token, balances: 40 }] });
  expect((await runTracechain(['status'], { environment })).output).toContain('start block is too late');
  const doctor = await runTracechain(['doctor', '--json'], { environment });
  expect(doctor.code).toBe(1);
  expect(JSON.parse(doctor.output)).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({ level: 'fail', subject: `balances of ${token}` }),
    ]) as unknown,
  });
}, 120_000);
