/** The replay as a leader command. */
import type { ProjectionSet } from '../projection/fold.ts';
import type { Command } from '../leader/commands/command.ts';
import { requireSameCode } from './code-versions.ts';
import { requireSoundLedger } from './sound-ledger.ts';
import { replay, type ReplayInput, replayInput, type ReplayResult, replayResult } from './replay.ts';

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
