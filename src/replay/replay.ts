/**
 * Folds the ledger again and puts right what differs.
 *
 * The fold goes into a shadow, up to the last final block, while the daemon goes on; the shadow is compared with the tables there as well. Then, between two
 * batches and in one fenced transaction, the blocks that aren't final are undone, what differs is merged, and those blocks are folded again on
 * top: readers see the old rows or the new ones, never a half.
 */
import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { BlockReference } from '../chain/types.ts';
import { ContractSet } from '../contracts/contract-set.ts';
import { inTransaction, withClient, withTransaction } from '../db/client.ts';
import { recordSystemEvent } from '../db/system-events.ts';
import { lastKeptBlock } from '../ledger/blocks.ts';
import { isCanonical } from '../ledger/branches.ts';
import { readChain } from '../ledger/chains.ts';
import { listContracts } from '../ledger/contracts.ts';
import { moveCursor, readCursor } from '../ledger/cursors.ts';
import { clearStale, readStale } from '../ledger/projection-versions.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { areas as allAreas, tablesOf, withDependents } from '../projections/areas.ts';
import type { ProjectionSet } from '../projections/fold/fold.ts';
import type { Area } from '../projections/fold/projection.ts';
import { journalHorizon } from '../store/as-of.ts';
import type { CommandSurroundings } from '../sync/commands/command.ts';
import { persist } from '../sync/persist.ts';
import { recordProjectionVersions } from '../sync/projection-versions.ts';
import { type Comparison, decide, noteCandidates, noteTail, prepareComparison } from './compare.ts';
import { readDifferences, tableDifference } from './difference.ts';
import { foldAgain } from './fold-again.ts';
import { mergeDifferences } from './merge.ts';
import { refetch, refetchInput, type RefetchInput, refetchResult, type RefetchResult } from './refetch.ts';
import {
  addSharedRows,
  fillMergedReceiptFacts,
  linkMerged,
  nextGeneration,
  recordReplay,
  settleQuarantine,
} from './settle.ts';
import { Shadow } from './shadow.ts';
import { countTailDifferences, countTailQuarantine, foldTail, undoTail } from './tail.ts';
import { requireTold } from './told.ts';

export const replayInput = z.object({
  /** The first block to be folded again; what came before is taken as it stands. Null folds everything. */
  from: z.int().min(0).nullable(),
  /** Only this area, and those that depend on it. Null for all. */
  only: z.enum(allAreas).nullable(),
  /** Only areas that are stale, from the first block where one is. */
  stale: z.boolean(),
  /** Finds the differences and keeps nothing. */
  dryRun: z.boolean(),
  /** Asks the node again first; null doesn't. */
  refetch: refetchInput.nullable().optional(),
});
export type ReplayInput = z.output<typeof replayInput>;

export const replayResult = z.object({
  /** The areas whose rows were compared; empty where nothing was stale. */
  areas: z.array(z.string()),
  from: z.int(),
  /** The last final block that was folded; null where nothing is final. */
  to: z.int().nullable(),
  logs: z.int(),
  differences: z.array(tableDifference),
  /** Rows of blocks that aren't final yet that are otherwise now. */
  tailRows: z.int(),
  resolved: z.int(),
  quarantined: z.int(),
  /** The number of this replay; null where it changed nothing. */
  generation: z.int().nullable(),
  dryRun: z.boolean(),
  /** What the node answers otherwise than it did; null where it wasn't asked. */
  refetched: refetchResult.nullable(),
  foldMs: z.int(),
  totalMs: z.int(),
});
export type ReplayResult = z.output<typeof replayResult>;

export interface ReplayOptions {
  readonly projections: ProjectionSet;
  /** Logs in one batch of the fold. */
  readonly batchLogs: number;
}

/** What is to be folded again. */
interface Plan {
  readonly areas: readonly Area[];
  readonly from: number;
}

export async function replay(
  input: ReplayInput,
  surroundings: CommandSurroundings,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const startedAt = performance.now();
  const { pool, lease, signal, logger } = surroundings;
  const { chainId } = lease;
  await recordProjectionVersions(pool, lease, options.projections, logger);
  const plan = await withClient(
    pool,
    async (client) => await planOf(client, chainId, input, options.projections),
  );
  if (plan === null) return nothingToDo(input, startedAt);
  const refetched = input.refetch == null ? null : await askAgain(surroundings, plan, input.refetch);
  await using shadow = await Shadow.open(pool, chainId, options.projections, signal);
  if (plan.from > 0) await shadow.beginAfter(plan.from - 1);
  const folded = await foldUpToFinal(shadow, plan, surroundings, options);
  const foldMs = elapsed(startedAt);
  const comparison: Comparison = {
    chainId,
    tables: [...tablesOf(plan.areas)],
    from: await withClient(pool, async (client) => await firstTold(client, chainId, plan.from)),
    to: folded.to?.number ?? plan.from - 1,
  };
  surroundings.report({ step: 'comparing' });
  await compareBeside(shadow, comparison);
  surroundings.report({ step: input.dryRun ? 'finding the differences' : 'merging' });
  const merged = await persist(
    { what: 'merging', signal, logger },
    async () =>
      await surroundings.betweenBatches(
        async () => await merge(shadow, { plan, comparison, input, surroundings, options }),
      ),
  );
  if (!input.dryRun && merged.generation === null) await noteUpToDate(surroundings, plan);
  const result = {
    areas: [...plan.areas],
    from: plan.from,
    to: folded.to?.number ?? null,
    logs: folded.logs,
    ...merged,
    dryRun: input.dryRun,
    refetched,
    foldMs,
    totalMs: elapsed(startedAt),
  };
  const { differences: _, ...told } = result;
  logger.info({ chainId, ...told, tables: merged.differences.map(({ table }) => table) }, 'replay done');
  return result;
}

/** Null where only what is stale is asked for, and nothing is. */
async function planOf(
  client: ClientBase,
  chainId: number,
  { from, only, stale }: Pick<ReplayInput, 'from' | 'only' | 'stale'>,
  projections: ProjectionSet,
): Promise<Plan | null> {
  const due = stale
    ? (await readStale(client, chainId)).filter(({ area }) => only === null || area === only)
    : null;
  if (due?.length === 0) return null;
  const chosen =
    due === null
      ? allAreas.filter((area) => only === null || area === only)
      : allAreas.filter((area) => due.some((one) => one.area === area));
  const wanted = Math.min(from ?? (due === null ? 0 : Infinity), ...(due ?? []).map((one) => one.from));
  return { areas: withDependents(chosen, projections), from: await foldableFrom(client, chainId, wanted) };
}

/**
 * Where the fold can begin: at the latest after the last final block, for rows of blocks that may go are no ground to build on. Throws where retention has
 * taken the journal that tells the rows before it.
 */
async function foldableFrom(client: ClientBase, chainId: number, wanted: number): Promise<number> {
  const last = await lastFoldable(client, chainId);
  const from = Math.min(wanted, (last?.number ?? -1) + 1);
  if (from > 0) await requireTold(client, chainId, from - 1);
  return from;
}

/** Everything that is to be folded, as the node tells it today. */
async function askAgain(
  surroundings: CommandSurroundings,
  { from }: Plan,
  options: RefetchInput,
): Promise<RefetchResult | null> {
  const { chainId } = surroundings.lease;
  const range = await withClient(surroundings.pool, async (client) => {
    const first = new ContractSet(await listContracts(client, chainId)).firstBlock();
    return { from: Math.max(from, first), to: (await lastFoldable(client, chainId))?.number ?? -1 };
  });
  return await refetch(surroundings, range, options);
}

interface Folded {
  readonly to: BlockReference | null;
  readonly logs: number;
}

/** While it folds, more becomes final: that is folded as well, until little is left. */
async function foldUpToFinal(
  shadow: Shadow,
  { from }: Plan,
  { pool, signal, report }: CommandSurroundings,
  { projections, batchLogs }: ReplayOptions,
): Promise<Folded> {
  const { chainId } = shadow;
  let to: BlockReference | null = null;
  let logs = 0;
  for (;;) {
    const end = await withClient(pool, async (client) => await lastFoldable(client, chainId));
    const after = to?.number ?? from - 1;
    if (end === null || end.number <= after) return { to, logs };
    const contracts = await withClient(pool, async (client) => await listContracts(client, chainId));
    const more = await foldAgain(
      {
        pool,
        shadow,
        projections,
        contracts: new ContractSet(contracts),
        batchLogs,
        signal,
        onFolded: (done) => report({ step: 'folding', done, total: end.number, unit: 'blocks' }),
      },
      after,
      end,
    );
    logs += more;
    to = end;
    // Folding it took hardly longer than a batch: what became final meanwhile can be left to the tail.
    if (more <= batchLogs) return { to, logs };
  }
}

/** The last block that is final, in the tables, and kept by the ledger. */
async function lastFoldable(client: ClientBase, chainId: number): Promise<BlockReference | null> {
  const projected = await readCursor(client, chainId, 'projection');
  const final = (await readChain(client, chainId))?.final ?? null;
  if (projected === null || final === null) return null;
  return await lastKeptBlock(client, chainId, Math.min(projected.number, final.number));
}

/** The first block whose journal can be compared and told anew: what retention took stays as it was. */
async function firstTold(client: ClientBase, chainId: number, from: number): Promise<number> {
  const horizon = await journalHorizon(client, chainId);
  return horizon === 0 ? from : Math.max(from, horizon + 1);
}

async function compareBeside(shadow: Shadow, comparison: Comparison): Promise<void> {
  await inTransaction(
    shadow.client,
    async (client) => {
      await prepareComparison(client);
      await noteCandidates(client, comparison);
    },
    { isolation: 'repeatable read' },
  );
}

interface Merging {
  readonly plan: Plan;
  readonly comparison: Comparison;
  readonly input: Pick<ReplayInput, 'dryRun'>;
  readonly surroundings: CommandSurroundings;
  readonly options: ReplayOptions;
}

type Merged = Pick<ReplayResult, 'differences' | 'tailRows' | 'resolved' | 'quarantined' | 'generation'>;

/** One transaction, of which nothing is kept where it changes nothing, or only the differences are wanted. */
async function merge(shadow: Shadow, merging: Merging): Promise<Merged> {
  const isKept = ({ generation }: Merged): boolean => generation !== null && !merging.input.dryRun;
  const merged = await inTransaction(
    shadow.client,
    async (client) => await mergeInTransaction(client, merging),
    { isolation: 'repeatable read', keeps: isKept },
  );
  return isKept(merged) ? merged : { ...merged, generation: null };
}

async function mergeInTransaction(
  client: ClientBase,
  { plan, comparison, surroundings, options }: Merging,
): Promise<Merged> {
  const { lease, signal } = surroundings;
  const { chainId, to } = comparison;
  await lease.fence(client);
  const cursor = await readCursor(client, chainId, 'projection');
  const ingested = await readCursor(client, chainId, 'ingest');
  if (cursor === null || ingested === null) throw nothingProjected(chainId);
  await noteTail(client, comparison);
  await undoTail(client, { chainId, after: to });
  await addSharedRows(client);
  await decide(client, comparison);
  const differences = await readDifferences(client, comparison.tables);
  const generation = await nextGeneration(client, chainId);
  if (differences.length > 0) {
    await mergeDifferences(client, { ...comparison, generation });
    await linkMerged(client, chainId);
    await fillMergedReceiptFacts(client, chainId);
  }
  const range = { chainId, from: plan.from, to, areas: plan.areas };
  const quarantine = await settleQuarantine(client, range, options.projections);
  const tail = { chainId, after: to, projections: options.projections, batchLogs: options.batchLogs, signal };
  // What has been ingested since is left to the daemon, unless the branch has changed.
  const upTo = (await isCanonical(client, chainId, cursor)) ? cursor.number : ingested.number;
  const last = await foldTail(client, tail, upTo);
  const tailRows = await countTailDifferences(client, tail);
  const tailLogs = await countTailQuarantine(client, tail);
  const isChanged =
    differences.length + tailRows + tailLogs + quarantine.resolved + quarantine.quarantined > 0;
  if (isChanged) {
    const reached = last ?? (await lastKeptBlock(client, chainId, to));
    if (reached !== null && reached.hash !== cursor.hash)
      await moveCursor(client, {
        chainId,
        stream: 'projection',
        from: cursor,
        to: reached,
        epoch: lease.epoch,
      });
    await clearStale(client, chainId, plan);
    await recordReplay(client, { ...range, generation, changes: differences });
    await recordSystemEvent(client, {
      eventType: 'replay',
      severity: 'info',
      data: { chainId, generation, areas: [...plan.areas], from: plan.from, to, tailRows, ...quarantine },
    });
  }
  return { differences, tailRows, ...quarantine, generation: isChanged ? generation : null };
}

/** Nothing differed: then what was stale isn't any more. */
async function noteUpToDate({ pool, lease }: CommandSurroundings, plan: Plan): Promise<void> {
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await clearStale(client, lease.chainId, plan);
  });
}

function nothingToDo(
  { from, dryRun }: Pick<ReplayInput, 'from' | 'dryRun'>,
  startedAt: number,
): ReplayResult {
  return {
    areas: [],
    from: from ?? 0,
    to: null,
    logs: 0,
    differences: [],
    tailRows: 0,
    resolved: 0,
    quarantined: 0,
    generation: null,
    dryRun,
    refetched: null,
    foldMs: 0,
    totalMs: elapsed(startedAt),
  };
}

function nothingProjected(chainId: number): CannotRunError {
  return new CannotRunError('Nothing is in the tables yet, so there is nothing to be folded again.', {
    code: 'replay/nothing-projected',
    fix: 'Start the daemon first.',
    place: { chainId },
  });
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
