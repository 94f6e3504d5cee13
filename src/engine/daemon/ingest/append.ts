/** The ingest transaction: blocks, logs, reads and children enter the ledger, the cursor moves, and the projection is woken. */
import type { ClientBase, Pool } from 'pg';
import type { BlockReference, CompletenessLevel } from '../../rpc/types.ts';
import { withTransaction } from '../../../db/client.ts';
import { pipelined } from '../../../db/pipeline.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { appendBatch } from '../../ledger/blocks.ts';
import { orphanAfter, restoreBlocks } from '../../ledger/branches.ts';
import { type NotedHead, updateHead } from '../../ledger/chains.ts';
import { addContracts } from '../../ledger/contracts.ts';
import { moveCursor, readCursor } from '../../ledger/cursors.ts';
import { required } from '../../../primitives/errors.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { Gathered } from '../../source/gather.ts';
import type { Replacement } from '../../source/reorg.ts';

export interface AppendSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly queue: JobQueue;
  readonly completeness: CompletenessLevel;
}

/** What the node says of its chain's tip. */
export interface ChainTip {
  readonly head: BlockReference;
  readonly final: BlockReference | null;
}

/** Appends what was gathered after `cursor`, and returns the new cursor. All of it happens, or none. */
export async function append(
  settings: AppendSettings,
  cursor: BlockReference | null,
  gathered: Gathered,
  tip: ChainTip,
): Promise<BlockReference> {
  const { pool, lease, queue } = settings;
  return await withTransaction(pool, async (client) => {
    await lease.fence(client);
    const appended = await appendAfter(client, settings, cursor, gathered, tip);
    await queue.send(client, 'projection', { chainId: lease.chainId });
    await announceFinal(client, settings, appended);
    return appended.to;
  });
}

/** Orphans what comes after the fork and appends the other branch, at once. Returns the orphaned blocks. */
export async function replaceBranch(
  settings: AppendSettings,
  cursor: BlockReference | null,
  { fork, gathered }: Replacement,
  tip: ChainTip,
): Promise<BlockReference[]> {
  const { chainId } = settings.lease;
  return await withTransaction(settings.pool, async (client) => {
    await settings.lease.fence(client);
    const orphaned = await orphanAfter(client, chainId, fork.number);
    const appended = await appendAfter(client, settings, cursor, gathered, tip);
    await settings.queue.send(client, 'projection', { chainId });
    await announceFinal(client, settings, appended);
    const { to } = appended;
    await recordSystemEvent(client, {
      eventType: 'reorg',
      severity: 'warning',
      data: {
        chainId,
        fork: { ...fork },
        orphanedBlocks: orphaned.length,
        from: cursor && { ...cursor },
        to: { ...to },
      },
    });
    return orphaned;
  });
}

export interface Appended extends NotedHead {
  /** The last block that was appended. */
  readonly to: BlockReference;
}

/** Appends in the transaction that `client` has open, whose epoch is known to be the leader's. Wakes nobody. */
export async function appendAfter(
  client: ClientBase,
  { lease, completeness }: Pick<AppendSettings, 'lease' | 'completeness'>,
  cursor: BlockReference | null,
  gathered: Gathered,
  tip: ChainTip,
): Promise<Appended> {
  const { chainId, epoch } = lease;
  const last = required(gathered.blocks.at(-1), 'the last block of a range').header;
  const to = { number: last.number, hash: last.hash };
  const discovered = gathered.discovered.map(({ contract, createdBlockHash, createdLogIndex }) => ({
    ...contract,
    source: 'factory' as const,
    createdBlockHash,
    createdLogIndex,
  }));
  const [, , , , noted] = await pipelined<[void, void, unknown, void, NotedHead]>(client, [
    async () => {
      await moveCursor(client, { chainId, stream: 'ingest', from: cursor, to, epoch });
    },
    async () => {
      if (tip.final !== null && to.number <= tip.final.number)
        await countAsVerified(client, lease, cursor, to);
    },
    async () => await addContracts(client, discovered),
    async () =>
      await appendBatch(client, {
        chainId,
        range: gathered.source.range,
        completeness,
        blocks: gathered.blocks,
        reads: gathered.reads,
        // The chain may come back to blocks that it had left, whether or not it has to leave others for them.
        restored: await restoreBlocks(
          client,
          chainId,
          gathered.blocks.map(({ header }) => header),
        ),
      }),
    async () => await updateHead(client, chainId, tip),
  ]);
  return { to, ...noted };
}

/** Wakes what waits for blocks to become final. */
export async function announceFinal(
  client: ClientBase,
  { lease: { chainId }, queue }: Pick<AppendSettings, 'lease' | 'queue'>,
  { hasNewFinal }: Pick<Appended, 'hasNewFinal'>,
): Promise<void> {
  if (!hasNewFinal) return;
  await pipelined(client, [
    async () => await queue.send(client, 'confirmation', { chainId }),
    async () => await queue.send(client, 'receipts', { chainId }),
  ]);
}

/** Blocks that were final when they were taken need no second look, unless some before them still do. */
async function countAsVerified(
  client: ClientBase,
  { chainId, epoch }: Lease,
  cursor: BlockReference | null,
  to: BlockReference,
): Promise<void> {
  const verified = await readCursor(client, chainId, 'verification');
  if (verified?.hash !== cursor?.hash) return;
  await moveCursor(client, { chainId, stream: 'verification', from: verified, to, epoch });
}
