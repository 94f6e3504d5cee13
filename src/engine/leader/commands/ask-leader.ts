/** Asking whoever leads the chain for a command: the row that says so, the job that wakes, and how it ended. */
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import { awaitCommand, type CommandState, requestCancel, requestCommand } from '../command-records.ts';
import { required, TraceChainError } from '../../../primitives/errors.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import { sleep } from '../../../primitives/time.ts';
import { wakeQueue } from '../../queue/job-queue.ts';
import { asJson, type Command } from './command.ts';
import { CancelledError } from './executor.ts';
import { errorOf } from './failure.ts';

const pollMs = 200;

export interface AskOptions {
  readonly pool: Pool;
  readonly chainId: number;
  /** Aborting it cancels the command. */
  readonly signal: AbortSignal;
}

/** For a process that knows of a leader, such as the leader itself in one of its jobs; rejects with the error that the command failed of. */
export async function requestFromLeader<Input, Result>(
  command: Command<Input, Result>,
  input: Input,
  { pool, chainId, signal }: AskOptions,
): Promise<Result> {
  const id = await requestWaking(pool, chainId, command.name, input);
  for (;;) {
    if (signal.aborted) {
      await requestCancel(pool, id);
      throw new CancelledError();
    }
    const state = required(await awaitCommand(pool, id), 'the command that was asked for');
    if (state.outcome !== null) return command.result.parse(resultOf(state));
    await sleep(pollMs);
  }
}

/** Writes the request down and wakes the leader, both or none. */
export async function requestWaking(
  pool: Pool,
  chainId: number,
  name: string,
  input: unknown,
): Promise<Uuid> {
  return await withTransaction(pool, async (client) => {
    const requestedBy = `${process.pid}@${hostname()}`;
    const id = await requestCommand(client, { chainId, name, input: asJson(input), requestedBy });
    await wakeQueue(client, 'commands', { chainId });
    return id;
  });
}

/** What a command that has ended answered; throws what it failed of. */
export function resultOf({ outcome, result, error }: CommandState): unknown {
  switch (outcome) {
    case 'succeeded':
      return result;
    case 'failed':
      throw errorOf(required(error, 'the error of a command that failed'));
    case 'cancelled':
      throw new CancelledError();
    default:
      throw interrupted();
  }
}

export function interrupted(): TraceChainError {
  return new TraceChainError('The process that executed the command stopped in the middle of it', {
    code: 'sync/command-interrupted',
    fix: 'What it hadn’t finished was rolled back. Give the command again; npx tracechain status says who leads.',
  });
}
