/** The limit on ingest's lead over the projection. */
import { expect, test } from 'vitest';
import { Backlog } from '../../../../src/engine/daemon/ingest/backlog.ts';

const limits = { maximumAheadBlocks: 10, maximumAheadLogs: 100 };

async function hasRoom(backlog: Backlog): Promise<boolean> {
  const asking = new AbortController();
  const room = backlog.room(asking.signal).then(
    () => true,
    () => false,
  );
  asking.abort();
  return await room;
}

test('there is room again when the projection has come through what was too much', async () => {
  const backlog = new Backlog(limits);
  backlog.appended({ through: 20, blocks: 11, logs: 0 });
  const room = backlog.room(new AbortController().signal);
  backlog.projected(19);
  backlog.projected(20);
  await expect(room).resolves.toBeUndefined();
});

test('there is room again when a shorter branch replaced what was too much, and that is projected', async () => {
  const backlog = new Backlog(limits);
  backlog.appended({ through: 20, blocks: 11, logs: 0 });
  backlog.orphaned(12);
  backlog.appended({ through: 15, blocks: 3, logs: 0 });
  const room = backlog.room(new AbortController().signal);
  backlog.projected(15);
  await expect(room).resolves.toBeUndefined();
});

test('waiting for room ends with its signal', async () => {
  const backlog = new Backlog(limits);
  backlog.appended({ through: 20, blocks: 11, logs: 0 });
  await expect(hasRoom(backlog)).resolves.toBe(false);
});
