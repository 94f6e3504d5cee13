/**
 * Carries out an operator's decision after writing has halted. For a chain halted by a reorg past finality,
 * it switches to the node's chain, which reverts final blocks. For a stream halted by a write error, it
 * allows another attempt.
 */
import type { ClientBase } from 'pg';
import { z } from 'zod';
import { getGenesisHash, getHeaders, headHeader } from '../chain/headers.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockReference } from '../rpc/types.ts';
import { withClient, withTransaction } from '../../db/client.ts';
import { recordSystemEvent } from '../../db/system-events.ts';
import { canonicalBlock, lastLedgerBlock } from '../ledger/blocks.ts';
import { orphanAfter } from '../ledger/branches.ts';
import { type ChainRecord, readChain, revertFinal, resumeChain } from '../ledger/chains.ts';
import { readCursor, revertCursors } from '../ledger/cursors.ts';
import { listHaltedStreams, resumeStream } from '../ledger/halted-writes.ts';
import { CannotRunError, required } from '../../primitives/errors.ts';
import { journalHorizon } from '../store/as-of.ts';
import { undoAfter } from '../store/undo.ts';
import type { Command, ExecutionContext } from '../leader/commands/command.ts';

const block = z.object({ number: z.int(), hash: z.string() });

const resolveInput = z.object({ dryRun: z.boolean() });
const resolveResult = z.object({
  /** Why writing was halted; null if it was not. */
  latched: z.object({ reason: z.string(), at: z.string() }).nullable(),
  /** The node's chain: the last shared block, and the next block of each side. Null if they agree. */
  fork: z.object({ at: block, ledger: block, node: block.nullable(), final: block.nullable() }).nullable(),
  orphanedBlocks: z.int(),
  /** The rows that were deleted, and the rows that were reverted to their state before those blocks. */
  removedRows: z.int(),
  restoredRows: z.int(),
  /** The streams that were halted and are tried again. */
  parked: z.array(z.object({ stream: z.string(), blockNumber: z.int(), error: z.string() })),
  dryRun: z.boolean(),
});
export type ResolveInput = z.output<typeof resolveInput>;
export type ResolveResult = z.output<typeof resolveResult>;

export const resolveCommand: Command<ResolveInput, ResolveResult> = {
  name: 'resolve',
  input: resolveInput,
  result: resolveResult,
  execute: resolve,
};

async function resolve({ dryRun }: ResolveInput, context: ExecutionContext): Promise<ResolveResult> {
  const { pool, lease, resumeProjection, logger, report, betweenBatches } = context;
  const { chainId } = lease;
  const chain = await withClient(pool, async (client) => await readChain(client, chainId));
  report({ step: 'asking the node' });
  const parting = chain === null || chain.latch === null ? null : await findParting(context, chain);
  const resolved = await betweenBatches(
    async () =>
      await withTransaction(
        pool,
        async (client) => {
          await lease.fence(client);
          const parked = await listHaltedStreams(client, chainId);
          for (const { stream } of parked) await resumeStream(client, chainId, stream);
          const undone = await switchBranch(client, context, chain, parting);
          return {
            latched:
              chain?.latch == null
                ? null
                : { reason: chain.latch.reason, at: chain.latch.latchedAt.toISOString() },
            fork: parting && { ...parting, final: chain?.final ?? null },
            ...undone,
            parked: parked.map(({ stream, blockNumber, error }) => ({ stream, blockNumber, error })),
            dryRun,
          };
        },
        { keeps: () => !dryRun },
      ),
  );
  if (!dryRun) {
    logger.warn({ chainId, ...resolved }, 'a person has resolved what had stopped writing');
    resumeProjection();
  }
  return resolved;
}

type Undone = Pick<ResolveResult, 'orphanedBlocks' | 'removedRows' | 'restoredRows'>;

/** Reverts everything to the fork of the node's chain and the ledger, and allows writing again. */
async function switchBranch(
  client: ClientBase,
  { lease }: ExecutionContext,
  chain: ChainRecord | null,
  parting: Parting | null,
): Promise<Undone> {
  const { chainId, epoch } = lease;
  const nothing = { orphanedBlocks: 0, removedRows: 0, restoredRows: 0 };
  if (chain?.latch == null) return nothing;
  await resumeChain(client, chainId);
  let undone: Undone = nothing;
  if (parting !== null) {
    const { at } = parting;
    await refuseBelowHorizon(client, chainId, at);
    const projected = await readCursor(client, chainId, 'projection');
    const rows =
      projected === null || projected.number <= at.number
        ? { removed: 0, restored: 0 }
        : await undoAfter(client, chainId, at.number, { rowsMayBeMissing: true });
    const orphaned = await orphanAfter(client, chainId, at.number);
    await revertCursors(client, { chainId, to: at, epoch });
    await revertFinal(client, chainId, at);
    undone = { orphanedBlocks: orphaned.length, removedRows: rows.removed, restoredRows: rows.restored };
  }
  await recordSystemEvent(client, {
    eventType: 'resolve',
    severity: 'warning',
    data: { chainId, reason: chain.latch.reason, fork: parting && { ...parting.at }, ...undone },
  });
  return undone;
}

/** The fork of the node's chain and the ledger. */
interface Parting {
  /** The last shared block. */
  readonly at: BlockReference;
  /** The ledger's next block. */
  readonly ledger: BlockReference;
  /** The node's next block; null if its chain ends at `at`. */
  readonly node: BlockReference | null;
}

/** Null if the node's blocks equal the ledger's, as far as the node has them. */
async function findParting(
  { pool, nodes, lease, signal }: ExecutionContext,
  chain: ChainRecord,
): Promise<Parting | null> {
  const { chainId } = lease;
  return await nodes().run(async (node) => {
    await refuseOtherChain(node, chain, signal);
    const head = await headHeader(node, { signal });
    return await withClient(pool, async (client) => {
      const top = await lastLedgerBlock(client, chainId, head.number);
      if (top === null || (await nodeHas(node, top, signal))) return null;
      const at = await lastShared(client, node, { chainId, top }, signal);
      const ledger = required(await nextKept(client, chainId, at.number), 'the block after the fork');
      const [theirs] = await getHeaders(node, [ledger.number], { signal });
      return { at, ledger, node: theirs === undefined ? null : { number: theirs.number, hash: theirs.hash } };
    });
  });
}

/** Finds the newest shared block by binary search: a node that has a block has all blocks before it. */
async function lastShared(
  client: ClientBase,
  node: ChainNode,
  { chainId, top }: { readonly chainId: number; readonly top: BlockReference },
  signal: AbortSignal,
): Promise<BlockReference> {
  let shared: BlockReference | null = null;
  let [low, high] = [0, top.number - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const ours = await lastLedgerBlock(client, chainId, middle);
    if (ours === null) low = middle + 1;
    else if (await nodeHas(node, ours, signal)) {
      shared = ours;
      low = middle + 1;
    } else high = ours.number - 1;
  }
  if (shared !== null) return shared;
  throw new CannotRunError('The node has none of the blocks that the ledger has.', {
    code: 'sync/nothing-shared',
    fix: 'It serves another chain. Correct RPC_URL, or index this chain into a fresh database.',
    place: { chainId },
  });
}

async function nodeHas(node: ChainNode, ours: BlockReference, signal: AbortSignal): Promise<boolean> {
  const [theirs] = await getHeaders(node, [ours.number], { signal });
  return theirs?.hash === ours.hash;
}

async function nextKept(client: ClientBase, chainId: number, after: number): Promise<BlockReference | null> {
  const { rows } = await client.query<{ number: number }>(
    'select min(number)::float8 as number from ledger.blocks where chain_id = $1 and number > $2 and is_canonical',
    [chainId, after],
  );
  const number = rows[0]?.number ?? null;
  return number === null ? null : await canonicalBlock(client, chainId, number);
}

async function refuseOtherChain(node: ChainNode, chain: ChainRecord, signal: AbortSignal): Promise<void> {
  const genesisHash = await getGenesisHash(node, { signal });
  if (genesisHash === chain.genesisHash) return;
  throw new CannotRunError(
    `The node’s chain begins with block ${genesisHash}, the database’s with ${chain.genesisHash}.`,
    {
      code: 'ledger/other-genesis',
      fix: 'Point RPC_URL at the chain that this database belongs to, or use another database.',
      place: { chainId: chain.chainId },
    },
  );
}

/** Throws if the journal does not reach back to the fork, since rows could not be reverted. */
async function refuseBelowHorizon(client: ClientBase, chainId: number, fork: BlockReference): Promise<void> {
  const horizon = await journalHorizon(client, chainId);
  if (fork.number >= horizon) return;
  throw new CannotRunError(
    `The chains part at block ${fork.number}, and retention has taken the journal of what came before block ${horizon}.`,
    {
      code: 'sync/below-horizon',
      fix: 'Rows can’t be taken back that far: index into a fresh database.',
      place: { chainId, blockNumber: fork.number },
    },
  );
}
