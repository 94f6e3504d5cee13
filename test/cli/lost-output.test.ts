/** A daemon whose output can't be written: its reader is gone, or the disk is full. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import { fixtureContracts } from '../support/daemon.ts';
import { followChain } from '../support/followed-chain.ts';
import { launcher } from './run.ts';

const chain = followChain();

/** Runs a daemon until it has projected a product, and stops it. Returns what it ends with. */
async function followUntilStopped(
  output: 'pipe' | number,
  onSpawn: (child: ChildProcess) => void,
): Promise<unknown> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [launcher, 'start'], {
    env: {
      PATH,
      TRACECHAIN_DATA: '/nonexistent/tracechain',
      TRACECHAIN_LOG_LEVEL: 'debug',
      DATABASE_URL: chain.databaseUrl,
      RPC_URL: chain.rpcUrl,
      TRACECHAIN_CONTRACTS: JSON.stringify(fixtureContracts(chain.addresses)),
    },
    stdio: ['ignore', output, output],
  });
  const ended = once(child, 'exit');
  try {
    onSpawn(child);
    await chain.register('A');
    await expect
      .poll(async () => await chain.query('select batch_number from products'), { timeout: 30_000 })
      .toEqual([{ batch_number: 'A' }]);
    child.kill('SIGTERM');
    return (await ended)[0];
  } finally {
    child.kill('SIGKILL');
  }
}

test('a daemon whose output nobody reads any more follows the chain and stops in order', async () => {
  const code = await followUntilStopped('pipe', (child) => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  expect(code).toBe(0);
}, 60_000);

test('a daemon whose output goes to a full disk follows the chain and stops in order', async () => {
  const full = await open('/dev/full', 'w');
  try {
    expect(await followUntilStopped(full.fd, () => undefined)).toBe(0);
  } finally {
    await full.close();
  }
}, 60_000);

test('a command whose output goes to a full disk says so', async () => {
  const full = await open('/dev/full', 'w');
  try {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [launcher, '--help'], {
      env: { PATH },
      stdio: ['ignore', full.fd, 'pipe'],
    });
    const errors = text(required(child.stderr, 'the command’s errors'));
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(await errors).toBe(
      'tracechain: the output can’t be written: ENOSPC: no space left on device, write\n',
    );
  } finally {
    await full.close();
  }
});
