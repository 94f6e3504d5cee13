import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { AnvilServer } from '../../src/devnet/anvil.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { createMigratedDatabase, createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { runTracechain } from './run.ts';

let database: TestDatabase;
let anvil: AnvilServer;

beforeAll(async () => {
  [database, anvil] = await Promise.all([createTestDatabase(), startTestAnvil()]);
});
afterAll(async () => {
  await Promise.all([database.drop(), anvil.stop()]);
});

async function rpc(method: string, ...params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(anvil.rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const answer: unknown = await response.json();
  return typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : undefined;
}

/** Deploys code of one byte; returns its address and block. */
async function deploy(): Promise<{ address: string; startBlock: number }> {
  const accounts = z.array(z.string()).parse(await rpc('eth_accounts'));
  // PUSH1 1 PUSH1 0 MSTORE8 PUSH1 1 PUSH1 0 RETURN: the code 0x01.
  const hash = await rpc('eth_sendTransaction', { from: accounts[0], data: '0x600160005360016000f3' });
  // anvil answers with the hash before the block stands.
  const receipt = await vi.waitFor(async () =>
    receiptSchema.parse(await rpc('eth_getTransactionReceipt', hash)),
  );
  return { address: receipt.contractAddress, startBlock: Number(receipt.blockNumber) };
}

const receiptSchema = z.object({ contractAddress: z.string().toLowerCase(), blockNumber: z.string() });
const reportSchema = z.object({
  findings: z.array(
    z.object({
      area: z.string(),
      level: z.enum(['ok', 'warn', 'fail']),
      subject: z.string(),
      message: z.string(),
      fix: z.string().optional(),
    }),
  ),
});

async function examine(environment: Readonly<Record<string, string>>) {
  const { code, errors, output } = await runTracechain(['doctor', '--json'], { environment });
  expect(errors).toBe('');
  const { findings } = reportSchema.parse(JSON.parse(output));
  return { code, findings, of: (subject: string) => findings.find((found) => found.subject === subject) };
}

describe('doctor', () => {
  test('reports passed checks, and each problem with its fix', async () => {
    await rpc('anvil_mine', '0x3');
    const created = await deploy();
    const late = await deploy();
    await rpc('anvil_mine', '0x3');
    const environment = {
      DATABASE_URL: database.url,
      RPC_URL: anvil.rpcUrl,
      WS_URL: anvil.rpcUrl.replace('http', 'ws'),
      TRACECHAIN_CONTRACTS: JSON.stringify([
        { kind: 'ProductRegistry', ...created },
        { kind: 'TraceToken', address: late.address, startBlock: late.startBlock + 1 },
        { kind: 'NFTCertificate', address: `0x${'99'.repeat(20)}`, startBlock: 1 },
      ]),
    };
    const { code, findings, of } = await examine(environment);
    expect(code).toBe(1);
    expect(of(`ProductRegistry ${created.address}`)).toMatchObject({ level: 'ok' });
    expect(of(`TraceToken ${late.address}`)).toMatchObject({
      level: 'fail',
      fix: expect.stringContaining('startBlock'),
    });
    expect(of(`NFTCertificate 0x${'99'.repeat(20)}`)).toMatchObject({
      level: 'fail',
      message: 'has no code',
    });
    expect(of('contracts[2].registry')).toMatchObject({ level: 'warn' });
    expect(of('chain id')).toMatchObject({ level: 'ok', message: '31337' });
    expect(of('schema')).toMatchObject({ level: 'warn', fix: expect.stringContaining('migrate') });
    for (const subject of [
      'finality',
      'log range',
      'WebSocket',
      'version',
      'encoding',
      'privileges',
      'Node',
    ]) {
      expect(of(subject)).toMatchObject({ subject, level: 'ok' });
    }
    for (const { level, fix } of findings) expect(fix === undefined).toBe(level === 'ok');
  });

  test('ends with 0 if no check fails', async () => {
    const contract = await deploy();
    const fresh = await createMigratedDatabase();
    const { code, output } = await runTracechain(['doctor'], {
      environment: {
        DATABASE_URL: fresh.url,
        RPC_URL: anvil.rpcUrl,
        TRACECHAIN_CONTRACTS: JSON.stringify([{ kind: 'ProductRegistry', ...contract }]),
      },
    });
    expect(output).toContain('nothing failed');
    expect(code).toBe(0);
    await fresh.drop();
  });

  test('reports a node of another chain and an unreachable node', async () => {
    const { code, of } = await examine({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x',
      RPC_URL: `${anvil.rpcUrl},http://127.0.0.1:1`,
      TRACECHAIN_CHAIN_ID: '5',
    });
    expect(code).toBe(1);
    expect(of('chain id')).toMatchObject({ level: 'fail', message: '31337, but 5 is configured' });
    expect(of('http://127.0.0.1:1')).toMatchObject({ level: 'fail' });
    expect(of('reachable')).toMatchObject({ level: 'fail' });
    expect(of('contracts')).toMatchObject({ level: 'fail' });
  });
});
