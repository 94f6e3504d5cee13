/** The daemon's side: the leader executes the commands that wait, and what comes later when the queue wakes it. */
import { withTransaction } from '../../../db/client.ts';
import type { JobQueue } from '../../queue/job-queue.ts';
import type { LeaderCommand } from './command.ts';
import { CommandExecutor, type LeaderContext } from './executor.ts';

/** Begins to execute these commands, until the signal ends it. */
export async function startCommands(
  commands: readonly LeaderCommand[],
  { queue, ...context }: LeaderContext & { readonly queue: JobQueue },
): Promise<void> {
  const { pool, lease } = context;
  const executor = new CommandExecutor(commands, context);
  await executor.closeInterrupted();
  await queue.work('commands', async () => await executor.executeWaiting());
  // What was asked for before there was a queue woke nobody.
  await withTransaction(
    pool,
    async (client) => await queue.send(client, 'commands', { chainId: lease.chainId }),
  );
}
