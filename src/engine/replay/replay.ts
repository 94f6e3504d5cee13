/**
 * Replays the ledger and corrects rows that differ.
 *
 * The replay projects into a shadow, up to the last final block, while the daemon continues, and compares the shadow with the tables. Then,
 * between two batches and in one fenced transaction, it undoes the blocks that are not final, merges the differences, and projects those
 * blocks again. Readers see either all old rows or all new ones.
 */
import { z } from 'zod';
import type { BlockReference } from '../rpc/types.ts';
import { ContractSet } from '../contract/contract-set.ts';
import { inTransaction, withClient, withTransaction } from '../../db/client.ts';
import { listContracts } from '../ledger/contracts.ts';
import { clearStale } from '../ledger/projection-versions.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { ExecutionContext } from '../leader/commands/command.ts';
import type { Lease } from '../leader/leadership.ts';
import { retryForever } from '../leader/retry-forever.ts';
import { recordProjectionVersions } from '../leader/projection-versions.ts';
import { applyDifferences } from './apply.ts';
import { codeVersion, type CodeVersion, codeVersions } from './code-versions.ts';
import { type Comparison, noteCandidates, prepareComparison } from './compare.ts';
import { tableDifference } from './difference.ts';
import { reproject } from './reproject.ts';
import { firstJournaled, lastFoldable, type Plan, planOf, wish } from './plan.ts';
import { refetch, refetchInput, type RefetchInput, refetchResult, type RefetchResult } from './refetch.ts';
import { Shadow } from './shadow.ts';

export const replayInput = z.object({
  ...wish.shape,
  /** Determines the differences and stores nothing. */
  dryRun: z.boolean(),
  /** Reads the chain again from the node first. Null skips this. */
  refetch: refetchInput.nullable().optional(),
  /** The version of each area in the command line's code. A process with other versions refuses the command. */
  versions: z.record(z.string(), z.int()).optional(),
});
export type ReplayInput = z.output<typeof replayInput>;

export const replayResult = z.object({
  /** The areas whose rows were compared. Empty if nothing was stale. */
  areas: z.array(z.string()),
  from: z.int(),
  /** The last final block that was replayed, or null if no block is final. */
  to: z.int().nullable(),
  logs: z.int(),
  differences: z.array(tableDifference),
  /** Rows of non-final blocks that have changed. */
  tailRows: z.int(),
  resolved: z.int(),
  quarantined: z.int(),
  /** The number of this replay, or null if it changed nothing. */
  generation: z.int().nullable(),
  dryRun: z.boolean(),
  /** The differences between the node and the ledger, or null if they were not read. */
  refetched: refetchResult.nullable(),
  /** The versions of the replay's code, compared with those of the daemon and the rows. Empty from older daemons. */
  versions: z.array(codeVersion).default([]),
  foldMs: z.int(),
  totalMs: z.int(),
});
export type ReplayResult = z.output<typeof replayResult>;

export interface ReplayOptions {
  readonly projections: ProjectionSet;
  /** Logs per batch. */
  readonly batchLogs: number;
}

/** Replays as the leader: corrects differences, unless it is a dry run. */
export async function replay(
  input: ReplayInput,
  context: ExecutionContext,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const startedAt = performance.now();
  const { pool, lease, logger } = context;
  const { chainId } = lease;
  const versions = await codeVersions(pool, chainId, options.projections);
  await recordProjectionVersions(pool, lease, options.projections, logger);
  const plan = await withClient(
    pool,
    async (client) => await planOf(client, chainId, input, options.projections),
  );
  if (plan === null) return nothingToDo(input, versions, startedAt);
  const refetched = input.refetch == null ? null : await refetchRange(context, plan, input.refetch);
  const folded = await foldAndCompare(plan, input, { ...context, chainId }, options);
  if (!input.dryRun && folded.generation === null) await noteUpToDate(context, plan);
  return { ...folded, refetched, versions, totalMs: elapsed(startedAt) };
}

/** The context of the projection. */
export interface ReprojectionContext extends Pick<
  ExecutionContext,
  'pool' | 'logger' | 'betweenBatches' | 'signal' | 'report'
> {
  readonly chainId: number;
  /** Null for a process that does not lead. Nothing is stored then. */
  readonly lease: Lease | null;
}

/** Determines the changes of a replay with these projections, without a lease. Stores nothing. */
export async function replayDry(
  input: Omit<ReplayInput, 'dryRun' | 'refetch'>,
  context: ReprojectionContext & { readonly lease: null },
  options: ReplayOptions,
): Promise<ReplayResult> {
  const startedAt = performance.now();
  const { pool, chainId } = context;
  const versions = await codeVersions(pool, chainId, options.projections);
  const plan = await withClient(
    pool,
    async (client) => await planOf(client, chainId, input, options.projections),
  );
  const dry = { ...input, dryRun: true };
  if (plan === null) return nothingToDo(dry, versions, startedAt);
  const folded = await foldAndCompare(plan, dry, context, options);
  return { ...folded, refetched: null, versions, totalMs: elapsed(startedAt) };
}

type Compared = Omit<ReplayResult, 'refetched' | 'versions' | 'totalMs'>;

async function foldAndCompare(
  plan: Plan,
  input: Pick<ReplayInput, 'dryRun'>,
  context: ReprojectionContext,
  options: ReplayOptions,
): Promise<Compared> {
  const startedAt = performance.now();
  const { pool, chainId, signal, logger } = context;
  await using shadow = await Shadow.open(pool, chainId, options.projections, signal);
  if (plan.from > 0) await shadow.beginAfter(plan.from - 1);
  const folded = await foldUpToFinal(shadow, plan, context, options);
  const foldMs = elapsed(startedAt);
  const comparison: Comparison = {
    chainId,
    tables: [...options.projections.tablesOf(plan.areas)],
    from: await withClient(pool, async (client) => await firstJournaled(client, chainId, plan.from)),
    to: folded.to?.number ?? plan.from - 1,
  };
  context.report({ step: 'comparing' });
  await compareBeside(shadow, comparison);
  context.report({ step: input.dryRun ? 'finding the differences' : 'merging' });
  const applied = await retryForever(
    { what: 'merging', signal, logger },
    async () =>
      await context.betweenBatches(
        async () =>
          await applyDifferences(shadow, {
            plan,
            comparison,
            dryRun: input.dryRun,
            context,
            ...options,
          }),
      ),
  );
  const result = {
    areas: [...plan.areas],
    from: plan.from,
    to: folded.to?.number ?? null,
    logs: folded.logs,
    ...applied,
    dryRun: input.dryRun,
    foldMs,
  };
  const { differences: _, ...logged } = result;
  logger.info({ chainId, ...logged, tables: applied.differences.map(({ table }) => table) }, 'replay done');
  return result;
}

/** Reads the data of the range from the node again. */
async function refetchRange(
  context: ExecutionContext,
  { from }: Plan,
  options: RefetchInput,
): Promise<RefetchResult | null> {
  const { chainId } = context.lease;
  const range = await withClient(context.pool, async (client) => {
    const first = new ContractSet(await listContracts(client, chainId)).firstBlock();
    return { from: Math.max(from, first), to: (await lastFoldable(client, chainId))?.number ?? -1 };
  });
  return await refetch(context, range, options);
}

interface Folded {
  readonly to: BlockReference | null;
  readonly logs: number;
}

/** Blocks that become final during the replay are replayed as well, until only few remain. */
async function foldUpToFinal(
  shadow: Shadow,
  { from }: Plan,
  { pool, signal, report }: ReprojectionContext,
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
    const more = await reproject(
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
    // The last round was so small that blocks that became final during it can be left to the final transaction.
    if (more <= batchLogs) return { to, logs };
  }
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

/** If nothing differs, stale areas are no longer stale. */
async function noteUpToDate({ pool, lease }: ExecutionContext, plan: Plan): Promise<void> {
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await clearStale(client, lease.chainId, plan);
  });
}

function nothingToDo(
  { from, dryRun }: Pick<ReplayInput, 'from' | 'dryRun'>,
  versions: CodeVersion[],
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
    versions,
    foldMs: 0,
    totalMs: elapsed(startedAt),
  };
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
