import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./event-loop-process.ts', import.meta.url));

async function start(argument: string) {
  const child = spawn(process.execPath, [script, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, errors }));
  await once(child.stdout, 'data');
  return { child, ended };
}

test('a process whose main thread never comes to itself is ended, and says why', async () => {
  const { ended } = await start('spins');
  const { signal, errors } = await ended;
  expect(signal).toBe('SIGKILL');
  expect(errors).toContain('sync/event-loop-stuck');
});

test('a process whose main thread never comes to itself is ended even if its log is on a full disk', async () => {
  const full = await open('/dev/full', 'w');
  try {
    const child = spawn(process.execPath, [script, 'spins'], { stdio: ['ignore', 'ignore', full.fd] });
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  } finally {
    await full.close();
  }
});

test('a process that was stopped and is woken goes on, and ends by itself', async () => {
  const { child, ended } = await start('breathes');
  child.kill('SIGSTOP');
  await delay(800);
  child.kill('SIGCONT');
  expect(await ended).toMatchObject({ code: 0, signal: null });
});
