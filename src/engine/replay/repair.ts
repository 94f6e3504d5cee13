/** The repair as a leader command: records observations in the ledger, and replays the rows that depend on them. */
import { z } from 'zod';
import { withTransaction } from '../../db/client.ts';
import { chainTable, chainTableNames } from '../tables.ts';
import { addObservations, type PlacedObservation } from '../ledger/observations.ts';
import { markStale } from '../ledger/projection-versions.ts';
import { toAddress, toHash } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { replay } from './replay.ts';
import { requireSoundLedger } from './command.ts';
import type { Command } from '../leader/commands/command.ts';

const observation = z.object({
  blockNumber: z.int().min(0),
  blockHash: z.string().transform(toHash),
  address: z.string().transform(toAddress),
  tableId: z.int(),
  recordId: z.uuid().transform((text) => text as Uuid),
  values: z.record(z.string(), z.json()),
});

const repairInput = z.object({
  observations: z.array(observation),
  /** The recorded audit with the findings to repair, or null if it was not recorded. */
  runId: z.int().nullable().optional(),
});
const repairResult = z.object({ entered: z.int(), changed: z.int() });

type RepairInput = {
  readonly observations: readonly PlacedObservation[];
  readonly runId?: number | null | undefined;
};
type RepairResult = z.output<typeof repairResult>;

const batchLogs = 10_000;

/** The command `repair` for these projections. */
export function repairCommand(projections: ProjectionSet): Command<RepairInput, RepairResult> {
  return {
    name: 'repair',
    input: repairInput,
    result: repairResult,
    async execute({ observations, runId }, context) {
      const { pool, lease } = context;
      const { chainId } = lease;
      await requireSoundLedger(context, { dryRun: false, refetch: null });
      await withTransaction(pool, async (client) => {
        await lease.fence(client);
        await addObservations(client, chainId, observations, runId ?? null);
        for (const { tableId, blockNumber } of observations)
          await markStale(client, chainId, { areas: areasOf(tableId, projections), from: blockNumber });
      });
      const input = { from: null, only: null, stale: true, dryRun: false };
      const replayed = await replay(input, context, { projections, batchLogs });
      const changed = replayed.differences.reduce((sum, one) => sum + one.changed, 0);
      return { entered: observations.length, changed };
    },
  };
}

function areasOf(tableId: number, projections: ProjectionSet): string[] {
  const table = chainTableNames().find((name) => chainTable(name).id === tableId);
  return table === undefined ? [] : projections.areasOf(table);
}
