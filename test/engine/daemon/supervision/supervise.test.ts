import { expect, test } from 'vitest';
import { sleep } from '../../../../src/primitives/time.ts';
import { RestartableTask, StuckSourceError } from '../../../../src/engine/daemon/supervision/restartable.ts';
import { StallDetector } from '../../../../src/engine/daemon/supervision/watchdog.ts';
import {
  StuckTasksError,
  superviseTasks,
  TaskEndedError,
} from '../../../../src/engine/daemon/supervision/supervise.ts';

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

test('a task that doesn’t end when told to is left behind after its grace, by name, with what came before', async () => {
  const never = new Promise<void>(() => undefined);
  const supervised = superviseTasks(
    new AbortController().signal,
    async (_signal, run) => {
      run('hanging', async () => await never);
      run('broken', async () => await Promise.reject(new Error('the database is gone')));
    },
    { graceMs: 50 },
  );
  await expect(supervised).rejects.toBeInstanceOf(StuckTasksError);
  await expect(supervised).rejects.toThrow(/^hanging didn't stop.*the database is gone/);
});

test('what hangs while it is started is left behind likewise', async () => {
  const outer = new AbortController();
  const supervised = superviseTasks(outer.signal, async () => await new Promise<void>(() => undefined), {
    graceMs: 50,
  });
  outer.abort(new Error('stopped'));
  await expect(supervised).rejects.toThrow(/^start didn't stop/);
});

const stuck = new StuckSourceError(1, 'stuck');

test('a source that is stuck is begun anew, as often as it takes', async () => {
  const outer = new AbortController();
  let runs = 0;
  const task = new RestartableTask(async (signal) => {
    runs += 1;
    await sleep(60_000, signal);
  }, 1_000);
  const running = task.run(outer.signal);
  await task.restart(stuck);
  await task.restart(stuck);
  expect(runs).toBe(3);
  outer.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
});

test('a source that doesn’t end when told to fails with what it was told for', async () => {
  const task = new RestartableTask(async () => await new Promise<void>(() => undefined), 50);
  const running = task.run(new AbortController().signal);
  await task.restart(stuck);
  await expect(running).rejects.toBe(stuck);
});

test('a source that fails by itself is not begun anew', async () => {
  const task = new RestartableTask(async () => await Promise.reject(new Error('broken')), 50);
  await expect(task.run(new AbortController().signal)).rejects.toThrow('broken');
});

test('only something to do and no progress for long is a stall, and it is told once a limit', () => {
  const detector = new StallDetector(100);
  const busy = { progress: 1, isDue: true };
  expect([0, 50, 99, 100, 150, 200].map((nowMs) => detector.observe(nowMs, busy))).toEqual([
    false,
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(detector.observe(1_000, { progress: 2, isDue: true })).toBe(false);
  expect(detector.observe(2_000, { progress: 2, isDue: false })).toBe(false);
  expect(detector.observe(3_000, { progress: 2, isDue: true })).toBe(false);
  expect(detector.observe(3_099, { progress: 2, isDue: true })).toBe(false);
  expect(detector.observe(3_100, { progress: 2, isDue: true })).toBe(true);
});
