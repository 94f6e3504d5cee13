/** A ledger that somebody altered is never folded into the tables: that would make them wrong as well. */
import { openFindings } from '../audit/findings/record.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { ExecutionContext } from '../leader/commands/command.ts';
import type { ReplayInput } from './replay.ts';

/** Throws a CannotRunError where an audit has found the ledger altered, nothing has closed that, and the replay doesn't mend it first. */
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
    fix: 'Put the ledger right with replay --refetch --mend. Where that is done, audit --full closes the findings.',
    place: { chainId: lease.chainId },
  });
}
