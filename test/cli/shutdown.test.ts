import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./shutdown-process.ts', import.meta.url));

/** Starts the process, sends it the signals with the pauses (ms) between them, and waits for its end. */
async function run(args: readonly number[], signals: readonly (NodeJS.Signals | number)[]) {
  const child = spawn(process.execPath, [script, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('ready')) ready.resolve();
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  await ready.promise;
  for (const step of signals) {
    if (typeof step === 'number') await delay(step);
    else child.kill(step);
  }
  const code = await exit;
  return { code, output: output.trim().split('\n') };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'the first %s lets the current work finish',
  async (signal) => {
    expect(await run([50], [signal])).toEqual({
      code: 0,
      output: ['ready', `announced ${signal}`, 'finished'],
    });
  },
);

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('a second %s leaves at once', async (signal, code) => {
  expect(await run([20_000], [signal, 400, signal])).toEqual({
    code,
    output: ['ready', `announced ${signal}`, 'left at once'],
  });
});

test('one Ctrl-C that arrives twice counts once', async () => {
  const { code, output } = await run([300], ['SIGINT', 'SIGINT']);
  expect({ code, last: output.at(-1) }).toEqual({ code: 0, last: 'finished' });
});

test('the process ends after the shutdown timeout even if its work does not', async () => {
  expect(await run([20_000, 200], ['SIGTERM'])).toMatchObject({ code: 143 });
});
