/** Sends a command to the chain's leader: a row with the request, a job that wakes the leader, and the outcome. */
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import { awaitCommand, type CommandState, requestCancel, requestCommand } from '../command-records.ts';
import { required, TraceChainError } from '../../../primitives/errors.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import { sleep } from '../../../primitives/time.ts';
import { wakeQueue } from '../../queue/job-queue.ts';
import { asJson, type Command, errorOf } from './command.ts';
import { CancelledError } from './executor.ts';

const pollMs = 200;

export interface AskOptions {
  readonly pool: Pool;
  readonly chainId: number;
  /** Aborting the signal cancels the command. */
  readonly signal: AbortSignal;
}

/**
 * Requests a command, for a process that knows that a leader exists, such as the leader itself in one of its jobs. Rejects with the error
 * of the failed command.
 */
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
    const state = required(await awaitCommand(pool, id), 'the requested command');
    if (state.outcome !== null) return command.result.parse(resultOf(state));
    await sleep(pollMs);
  }
}

/** Inserts the request and wakes the leader, in one transaction. */
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

/** The result of a command that has ended. Throws its error if it failed. */
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

/** The error for a command whose leader stopped during its execution. */
export function interrupted(): TraceChainError {
  return new TraceChainError('The process that executed the command stopped before the command ended', {
    code: 'sync/command-interrupted',
    fix: 'Its unfinished work was rolled back. Repeat the command; npx tracechain status shows the leader.',
  });
}
