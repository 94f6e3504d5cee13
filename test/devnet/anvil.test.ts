import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { callNode } from '../support/json-rpc.ts';

const account = `0x${'12'.repeat(20)}`;

let folder: string;
let stateFile: string;
beforeEach(async () => {
  folder = await makeTemporaryFolder('test');
  stateFile = join(folder, 'devnet', 'state.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('a second start of anvil continues from the first, including old states', async () => {
  const first = await startTestAnvil({ stateFile, chainId: 4711 });
  await callNode(first.rpcUrl, 'anvil_mine', ['0x3']);
  await callNode(first.rpcUrl, 'anvil_setBalance', [account, '0x64']);
  await callNode(first.rpcUrl, 'anvil_mine', ['0x2']);
  const tip = await callNode(first.rpcUrl, 'eth_getBlockByNumber', ['latest', false]);
  expect(tip).toMatchObject({ number: '0x5' });
  await first.stop();

  const second = await startTestAnvil({ stateFile, chainId: 4711, preferredPort: first.port });
  expect(second.rpcUrl).toBe(first.rpcUrl);
  expect(await callNode(second.rpcUrl, 'eth_chainId')).toBe('0x1267');
  expect(await callNode(second.rpcUrl, 'eth_getBlockByNumber', ['latest', false])).toEqual(tip);
  expect(await callNode(second.rpcUrl, 'eth_getBalance', [account, 'latest'])).toBe('0x64');
  expect(await callNode(second.rpcUrl, 'eth_getBalance', [account, '0x2'])).toBe('0x0');
  await second.stop();
  expect((await readdir(join(folder, 'devnet'))).sort()).toEqual(['anvil.log', 'state.json']);
});

test('anvil mines at the given interval', async () => {
  const anvil = await startTestAnvil({ blockTimeSeconds: 1 });
  await expect.poll(() => callNode(anvil.rpcUrl, 'eth_blockNumber')).toBe('0x2');
  await anvil.stop();
});

test('an unreadable anvil state is reported with its fix', async () => {
  const first = await startTestAnvil({ stateFile });
  await first.stop();
  await writeFile(stateFile, '{ "half of');
  await expect(startTestAnvil({ stateFile })).rejects.toMatchObject({
    code: 'local/anvil-failed',
    message: expect.stringContaining(stateFile),
    fix: expect.stringContaining('--fresh'),
  });
});

test('a taken anvil port is reported', async () => {
  const anvil = await startTestAnvil();
  await expect(startTestAnvil({ port: anvil.port })).rejects.toMatchObject({
    code: 'local/port-taken',
    message: expect.stringContaining(String(anvil.port)),
  });
  await anvil.stop();
});

test('an unexpected end of anvil is reported', async () => {
  const anvil = await startTestAnvil();
  process.kill(anvil.pid, 'SIGKILL');
  expect(await anvil.exited).toEqual({ code: null, signal: 'SIGKILL', expected: false });
  await anvil.stop();
});
