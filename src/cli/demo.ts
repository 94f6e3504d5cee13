/** What `demo` runs: the local system on throw-away data, finite. */
import { CannotRunError } from '../primitives/errors.ts';
import type { CommandContext } from './context.ts';
import type { Shutdown } from './shutdown.ts';

export interface DemoOptions {
  readonly json?: true;
}

/** Returns whether every event was projected and none quarantined. */
// eslint-disable-next-line typescript/require-await -- the local system is wired in here
export async function demo(
  _context: CommandContext,
  _options: DemoOptions,
  _shutdown: Shutdown,
): Promise<boolean> {
  throw new CannotRunError('The local system isn’t part of this version yet.', {
    code: 'demo/no-local-system',
    fix: 'Set DATABASE_URL and RPC_URL and run tracechain start.',
  });
}
