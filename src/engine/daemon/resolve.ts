/**
 * A person's decision after writing has stopped. For a latched chain: to go on with the chain that the node serves, which takes back blocks that
 * counted as final. For a parked stream: to try it again.
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
  /** Why writing had stopped; null where it hadn't. */
  latched: z.object({ reason: z.string(), at: z.string() }).nullable(),
  /** What the node's chain says: the last block that both have, and what each has after it. Null where they agree. */
  fork: z.object({ at: block, ledger: block, node: block.nullable(), final: block.nullable() }).nullable(),
  orphanedBlocks: z.int(),
  /** Rows that went, and rows that became what they were before those blocks. */
  removedRows: z.int(),
  restoredRows: z.int(),
  /** Streams that were parked, and are tried again. */
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

/** Takes everything back to where the node's chain and the ledger part, and lets writing go on. */
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

/** Where the node's chain and the ledger part. */
interface Parting {
  /** The last block that both have. */
  readonly at: BlockReference;
  /** The ledger's next block. */
  readonly ledger: BlockReference;
  /** The node's next block; null where its chain ends at `at`. */
  readonly node: BlockReference | null;
}

/** Null where the node has what the ledger has, as far as it goes. */
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

/** The newest block that both have, by halving: a node that has a block has all before it. */
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

/** Rows can only be taken back as far as the journal goes. */
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
