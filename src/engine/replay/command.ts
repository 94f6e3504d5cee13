/** The replay as a leader command. */
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { Command, ExecutionContext } from '../leader/commands/command.ts';
import { requireSameCode } from './code-versions.ts';
import { replay, type ReplayInput, replayInput, type ReplayResult, replayResult } from './replay.ts';
import { openFindings } from '../audit/findings/record.ts';
import { CannotRunError } from '../../primitives/errors.ts';

/** Larger than the daemon's batches, because latency does not matter here and each batch has a fixed cost in queries. */
export const defaultBatchLogs = 10_000;

/** The command `replay` for these projections. */
export function replayCommand(
  projections: ProjectionSet,
  batchLogs = defaultBatchLogs,
): Command<ReplayInput, ReplayResult> {
  return {
    name: 'replay',
    input: replayInput,
    result: replayResult,
    execute: async (input, context) => {
      if (input.versions !== undefined) requireSameCode(context.lease.chainId, input.versions, projections);
      await requireSoundLedger(context, input);
      return await replay(input, context, { projections, batchLogs });
    },
  };
}

/** Throws a CannotRunError if an audit has an open finding that the ledger was altered, unless the replay corrects the ledger first. */
export async function requireSoundLedger(
  { pool, lease }: Pick<ExecutionContext, 'pool' | 'lease'>,
  { dryRun, refetch }: Pick<ReplayInput, 'dryRun' | 'refetch'>,
): Promise<void> {
  if (dryRun || refetch?.mends === true) return;
  const { byClass } = await openFindings(pool, lease.chainId);
  const count = byClass['ledger altered'] ?? 0;
  if (count === 0) return;
  throw new CannotRunError(`an audit found the ledger altered, and ${count} of its findings are open`, {
    code: 'replay/ledger-altered',
    fix: 'Correct the ledger with replay --refetch --mend. Afterwards, audit --full closes the findings.',
    place: { chainId: lease.chainId },
  });
}
