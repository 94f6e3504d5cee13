import { expect, test } from 'vitest';
import { sleep } from '../../src/primitives/time.ts';
import { superviseTasks, TaskEndedError } from '../../src/sync/supervise.ts';

test('the first failure ends all tasks, and is what is thrown', async () => {
  const ended: string[] = [];
  const supervised = superviseTasks(new AbortController().signal, async (signal, run) => {
    run('steady', async () => {
      await sleep(60_000, signal).finally(() => ended.push('steady'));
    });
    run('broken', async () => {
      await sleep(5, signal);
      throw new Error('broken');
    });
  });
  await expect(supervised).rejects.toThrow('broken');
  expect(ended).toEqual(['steady']);
});

test('a task that ends although nobody stopped it is a failure', async () => {
  const supervised = superviseTasks(new AbortController().signal, async (_signal, run) => {
    run('hasty', async () => undefined);
  });
  await expect(supervised).rejects.toBeInstanceOf(TaskEndedError);
});

test('stopping from outside ends every task before it is over', async () => {
  const outer = new AbortController();
  let isCleanedUp = false;
  const supervised = superviseTasks(outer.signal, async (signal, run) => {
    run('careful', async () => {
      await sleep(60_000, signal).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      isCleanedUp = true;
    });
    queueMicrotask(() => outer.abort(new Error('stopped')));
  });
  await supervised;
  expect(isCleanedUp).toBe(true);
});
