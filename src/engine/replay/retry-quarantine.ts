/** Logs in quarantine, decoded and folded again in their own position: what depends on them is marked stale from there and replayed. */
import { z } from 'zod';
import { withClient, withTransaction } from '../../db/client.ts';
import { listContracts } from '../ledger/contracts.ts';
import { markStale } from '../ledger/projection-versions.ts';
import { listQuarantined, type QuarantineEntry, readQuarantined } from '../ledger/quarantine.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { ProjectionSet } from '../projection/fold.ts';
import type { Area } from '../projection/projection.ts';
import type { Command, ExecutionContext } from '../leader/commands/command.ts';
import { recordProjectionVersions } from '../leader/projection-versions.ts';
import { replay, replayResult } from './replay.ts';

const input = z.object({
  /** Which ones; null for all that are open. */
  ids: z.array(z.uuid()).nullable(),
});
const result = z.object({
  logs: z.array(
    z.object({
      id: z.string(),
      blockNumber: z.int(),
      logIndex: z.int(),
      resolved: z.boolean(),
      /** Why it is still in quarantine. */
      reason: z.string().nullable(),
    }),
  ),
  /** Null where there was nothing to retry. */
  replay: replayResult.nullable(),
});
export type RetryInput = z.output<typeof input>;
export type RetryResult = z.output<typeof result>;

/** So many at a time; the rest can be retried after. */
const mostAtOnce = 10_000;
const batchLogs = 10_000;

export function retryQuarantineCommand(projections: ProjectionSet): Command<RetryInput, RetryResult> {
  return {
    name: 'quarantine-retry',
    input,
    result,
    execute: async (given, context) => await retry(given, context, projections),
  };
}

async function retry(
  { ids }: RetryInput,
  context: ExecutionContext,
  projections: ProjectionSet,
): Promise<RetryResult> {
  const { pool, lease, logger } = context;
  const { chainId } = lease;
  const entries = await openEntries(context, ids as Uuid[] | null);
  if (entries.length === 0) return { logs: [], replay: null };
  await recordProjectionVersions(pool, lease, projections, logger);
  const kinds = await kindsByAddress(context);
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    for (const entry of entries) {
      const areas = areasOf(entry, kinds.get(entry.address), projections);
      await markStale(client, chainId, { areas, from: entry.blockNumber });
    }
  });
  const everythingStale = { from: null, only: null, stale: true, dryRun: false };
  const replayed = await replay(everythingStale, context, { projections, batchLogs });
  const after = await withClient(pool, async (client) =>
    readQuarantined(
      client,
      chainId,
      entries.map(({ id }) => id),
    ),
  );
  const open = new Map(
    after.filter(({ resolvedAt }) => resolvedAt === null).map((entry) => [entry.id, entry]),
  );
  return {
    logs: entries.map(({ id, blockNumber, logIndex }) => ({
      id,
      blockNumber,
      logIndex,
      resolved: !open.has(id),
      reason: open.get(id)?.reason ?? null,
    })),
    replay: replayed,
  };
}

async function openEntries(
  { pool, lease }: ExecutionContext,
  ids: readonly Uuid[] | null,
): Promise<QuarantineEntry[]> {
  const { chainId } = lease;
  if (ids === null)
    return await withClient(pool, async (client) => await listQuarantined(client, chainId, mostAtOnce));
  const found = await withClient(pool, async (client) => await readQuarantined(client, chainId, ids));
  const missing = ids.filter((id) => !found.some((entry) => entry.id === id && entry.resolvedAt === null));
  if (missing.length === 0) return found;
  throw new CannotRunError(`Not in quarantine: ${missing.join(', ')}.`, {
    code: 'replay/not-quarantined',
    fix: 'npx tracechain quarantine list shows what is.',
    place: { chainId },
  });
}

async function kindsByAddress({ pool, lease }: ExecutionContext): Promise<Map<string, string>> {
  const contracts = await withClient(pool, async (client) => await listContracts(client, lease.chainId));
  return new Map(contracts.map(({ address, kind }) => [address, kind]));
}

/** The areas that answer to the event; all of them where nobody could tell which event it is. */
function areasOf(
  { eventName }: QuarantineEntry,
  kind: string | undefined,
  projections: ProjectionSet,
): readonly Area[] {
  if (eventName === null || kind === undefined) return projections.areas;
  const answering = projections.handlersOf(kind, eventName).map(({ area }) => area);
  return answering.length === 0 ? projections.areas : answering;
}
