/** Replay as a command of the leader's. */
import type { ProjectionSet } from '../projection/fold.ts';
import type { Command } from '../leader/commands/command.ts';
import { requireSameCode } from './code-versions.ts';
import { requireSoundLedger } from './sound-ledger.ts';
import { replay, type ReplayInput, replayInput, type ReplayResult, replayResult } from './replay.ts';

/** Larger than the daemon's: here nobody waits for a row, and each batch costs some queries however much is in it. */
export const defaultBatchLogs = 10_000;

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
