/** Refuses to replay an altered ledger, because that would make the tables wrong as well. */
import { openFindings } from '../audit/findings/record.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { ExecutionContext } from '../leader/commands/command.ts';
import type { ReplayInput } from './replay.ts';

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
