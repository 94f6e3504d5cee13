/** The daemon's side: the leader executes waiting commands at start and later ones when the queue wakes it. */
import { withTransaction } from '../../../db/client.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import type { LeaderCommand } from './command.ts';
import { CommandExecutor, type LeaderContext } from './executor.ts';

/** Executes these commands until the signal is aborted. */
export async function startCommands(
  commands: readonly LeaderCommand[],
  { queue, ...context }: LeaderContext & { readonly queue: JobQueue },
): Promise<void> {
  const { pool, lease } = context;
  const executor = new CommandExecutor(commands, context);
  await executor.closeInterrupted();
  await queue.work('commands', async () => await executor.executeWaiting());
  // Requests from before the queue existed have sent no job, so this start executes them.
  await withTransaction(
    pool,
    async (client) => await queue.send(client, 'commands', { chainId: lease.chainId }),
  );
}
