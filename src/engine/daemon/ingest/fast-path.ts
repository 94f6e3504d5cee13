/**
 * The short way at the head: blocks that were just gathered are appended to the ledger and projected in one transaction, without
 * reading back what was just written and without a job for it. Only for blocks that are next in line; all else goes the long way, by
 * the ledger.
 */
import type { BlockReference } from '../../rpc/types.ts';
import { type BlockBatch, decodeBatch } from '../../contract/decode-batch.ts';
import { withTransaction } from '../../../db/client.ts';
import { errorCode } from '../../../db/errors.ts';
import { pipelined } from '../../../db/pipeline.ts';
import { requestKey, type RequestKey } from '../../ledger/batch.ts';
import type { ReadResult } from '../../rpc/types.ts';
import { required } from '../../../primitives/errors.ts';
import type { Hash } from '../../../primitives/hex.ts';
import { runSync } from '../../../primitives/steps.ts';
import type { BatchEffect } from '../../projection/fold.ts';
import { project } from '../../projection/project.ts';
import { liveRows } from '../../store/live-rows.ts';
import { type ProjectorSettings, logBatch, prepareSave, writeFolded } from '../projection/fold-batch.ts';
import { announceFinal, appendAfter, type Appended, type AppendSettings, type ChainTip } from './append.ts';
import type { Gathered } from '../../source/gather.ts';
import type { IngestOptions } from './ingest.ts';
import { LeadershipLostError } from '../../leader/leadership.ts';
import { isTransient } from '../../leader/retry-forever.ts';
import type { Projector } from '../projection/projector.ts';

export interface HeadSettings extends ProjectorSettings, AppendSettings {}

/**
 * Appends what was gathered after `cursor`, where both ingest and projection stand, and projects it; returns where both stand then.
 * Throws a CursorMovedError where one of them stands elsewhere. All of it happens, or none.
 */
async function appendAndProject(
  settings: HeadSettings,
  cursor: BlockReference,
  gathered: Gathered,
  tip: ChainTip,
): Promise<BlockReference> {
  const startedAt = performance.now();
  const { writingPool, lease } = settings;
  const { chainId } = lease;
  const batch = batchOf(chainId, gathered);
  const decoded = decodeBatch(batch, gathered.contracts);
  const folded = await withTransaction(writingPool, async (client) => {
    // The fold is at work while PostgreSQL appends.
    const [, , effect, { final, hasNewFinal }] = await pipelined<[unknown, void, BatchEffect, Appended]>(
      client,
      [
        async () => await client.query(`set local lock_timeout = ${longestLockWaitMs}`),
        async () => await lease.fence(client),
        async () => await project(decoded, liveRows(client, chainId), settings),
        async () => await appendAfter(client, settings, cursor, gathered, tip),
      ],
    );
    const isFinal = final !== null && batch.from <= final;
    const input = { batch, cursor, isLast: true, final };
    const written = runSync(prepareSave(input, { decoded, effect, startedAt }));
    await pipelined(client, [
      async () => await writeFolded(client, settings, written),
      async () => {
        // A block may be known to be final before it is here, by the word of another node: then no new final block tells of it.
        if (hasNewFinal || isFinal) await announceFinal(client, settings, { hasNewFinal: true });
        // Gas may have been put off while the rows were behind the head, and they aren't any more.
        else await settings.queue.send(client, 'receipts', { chainId });
      },
    ]);
    return written;
  });
  logBatch(settings, folded);
  return batch.to;
}

/**
 * Whoever holds up the projection, such as a replay that compares, mustn't hold up ingest: after so long the blocks are only appended.
 */
const longestLockWaitMs = 1_000;
const lockNotAvailable = '55P03';

/** Of more logs, appending and folding overlap on the long way; the short way was no faster for twice as many. */
const mostLogs = 1_000;

/**
 * For ingest: `appendAndProject` where the projection has nothing to do before these blocks, and there are few enough; null otherwise, and
 * where it fails for reasons of its own. The long way then finds out whose fault it is.
 */
export function fastPath(settings: HeadSettings, projector: Projector): IngestOptions['appendProjected'] {
  const { lease, limits, logger } = settings;
  return async (cursor, gathered, tip, signal) => {
    const { blocks } = gathered;
    if (blocks.length > limits.batchBlocks) return null;
    if (countLogs(gathered) > Math.min(mostLogs, limits.batchLogs)) return null;
    try {
      return await projector.whenNext(
        cursor,
        async () => await appendAndProject(settings, cursor, gathered, tip),
      );
    } catch (error) {
      const isHeldUp = errorCode(error) === lockNotAvailable;
      if (signal.aborted || (isTransient(error) && !isHeldUp) || error instanceof LeadershipLostError)
        throw error;
      logger.warn(
        { chainId: lease.chainId, err: error },
        'blocks couldn’t be appended and projected at once: they are, one after the other',
      );
      return null;
    }
  };
}

function countLogs({ blocks }: Gathered): number {
  return blocks.reduce((sum, block) => sum + block.logs.length, 0);
}

/** What the ledger would give back of it. */
function batchOf(chainId: number, { source, blocks, reads }: Gathered): BlockBatch {
  const { from } = source.range;
  const { number, hash } = required(blocks.at(-1), 'the last block of a range').header;
  const readsOfBlocks = new Map<Hash, Map<RequestKey, ReadResult>>();
  for (const { block, request, result } of reads) {
    const ofBlock = readsOfBlocks.get(block.hash) ?? new Map<RequestKey, ReadResult>();
    readsOfBlocks.set(block.hash, ofBlock.set(requestKey(request), result));
  }
  return {
    chainId,
    from,
    to: { number, hash },
    blocks: blocks
      .filter(({ logs }) => logs.length > 0)
      .map(({ header, logs }) => ({
        number: header.number,
        hash: header.hash,
        timestamp: header.timestamp,
        logs,
      })),
    reads: readsOfBlocks,
  };
}
