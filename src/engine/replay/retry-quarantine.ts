/**
 * Retries logs in quarantine: decodes and folds them again at their own positions, marks the affected areas as stale from there, and
 * replays them.
 */
import { z } from 'zod';
import { withClient, withTransaction } from '../../db/client.ts';
import { listContracts } from '../ledger/contracts.ts';
import { markStale } from '../ledger/projection-versions.ts';
import { listQuarantined, type QuarantineEntry, readQuarantined } from '../ledger/quarantine.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { Area } from '../projection/projection.ts';
import type { Command, ExecutionContext } from '../leader/commands/command.ts';
import { recordProjectionVersions } from '../leader/projection-versions.ts';
import { replay, replayResult } from './replay.ts';

const input = z.object({
  /** The entries to retry, or null for all open ones. */
  ids: z.array(z.uuid()).nullable(),
});
const result = z.object({
  logs: z.array(
    z.object({
      id: z.string(),
      blockNumber: z.int(),
      logIndex: z.int(),
      resolved: z.boolean(),
      /** The reason if it is still in quarantine, otherwise null. */
      reason: z.string().nullable(),
    }),
  ),
  /** Null if there was nothing to retry. */
  replay: replayResult.nullable(),
});
export type RetryInput = z.output<typeof input>;
export type RetryResult = z.output<typeof result>;

/** The maximum per run. The rest can be retried afterwards. */
const maximumRetries = 10_000;
const batchLogs = 10_000;

/** The command that retries quarantined logs with these projections. */
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
    return await withClient(pool, async (client) => await listQuarantined(client, chainId, maximumRetries));
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

/** The areas that handle the event, or all areas if the event could not be identified. */
function areasOf(
  { eventName }: QuarantineEntry,
  kind: string | undefined,
  projections: ProjectionSet,
): readonly Area[] {
  if (eventName === null || kind === undefined) return projections.areas;
  const answering = projections.handlersOf(kind, eventName).map(({ area }) => area);
  return answering.length === 0 ? projections.areas : answering;
}
