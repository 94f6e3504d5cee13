/**
 * The records of leader commands: one process requests a command, and the leader executes it. The row is the source of truth; a queue job
 * only wakes the leader.
 */
import type { ClientBase, Pool } from 'pg';
import type { JsonValue } from '../../db/columns.ts';
import { storable } from '../../primitives/text.ts';
import type { Uuid } from '../../primitives/ids.ts';

type Queryable = ClientBase | Pool;

export interface CommandRequest {
  readonly chainId: number;
  readonly name: string;
  readonly input: JsonValue;
  /** `process@host`. */
  readonly requestedBy: string;
}

export type CommandOutcome = 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

/** An error in the form in which the leader passes it to the command line. */
export type CommandFailure = {
  readonly code: string;
  readonly message: string;
  readonly fix: string | null;
  readonly place: { readonly [name: string]: string | number };
  /** True if the command could not run at all until the operator changes something. */
  readonly couldNotRun: boolean;
};

export interface CommandState {
  readonly startedEpoch: number | null;
  readonly progress: JsonValue;
  readonly isCancelRequested: boolean;
  readonly outcome: CommandOutcome | null;
  readonly result: JsonValue;
  readonly error: CommandFailure | null;
}

/** A command that this leader has started. Its row may only be written under the leader's epoch. */
export interface StartedCommand {
  readonly id: Uuid;
  readonly epoch: number;
}

export interface ClaimedCommand extends StartedCommand {
  readonly name: string;
  readonly input: JsonValue;
}

/** Inserts a command request and returns its id. The caller must wake the leader. */
export async function requestCommand(client: Queryable, request: CommandRequest): Promise<Uuid> {
  const { rows } = await client.query<{ id: Uuid }>(
    `insert into ledger.commands (chain_id, name, input, requested_by) values ($1, $2, $3::jsonb, $4) returning id`,
    [request.chainId, request.name, jsonText(request.input), request.requestedBy],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
}

/** Reads a command's state, and records that its command line is still waiting. */
export async function awaitCommand(client: Queryable, id: Uuid): Promise<CommandState | null> {
  const { rows } = await client.query<{
    epoch: number | null;
    progress: JsonValue;
    is_cancel_requested: boolean;
    outcome: CommandOutcome | null;
    result: JsonValue;
    error: CommandFailure | null;
  }>(
    `update ledger.commands set awaited_at = clock_timestamp() where id = $1
     returning epoch::float8, progress, cancel_requested_at is not null as is_cancel_requested, outcome, result, error`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    startedEpoch: row.epoch,
    progress: row.progress,
    isCancelRequested: row.is_cancel_requested,
    outcome: row.outcome,
    result: row.result,
    error: row.error,
  };
}

/** The leader does not start a command whose command line has not been seen for this time. */
const goneAfterSeconds = 10;

/**
 * Claims the named command, or the oldest waiting one. Returns null if there is none. Call it in a fenced transaction of the leader. It
 * waits for a locked row instead of skipping it: the lock is held by the command line while it records that it is still waiting, and no
 * other wake-up would come.
 */
export async function claimCommand(
  client: ClientBase,
  {
    chainId,
    epoch,
    id = null,
  }: { readonly chainId: number; readonly epoch: number; readonly id?: Uuid | null },
): Promise<ClaimedCommand | null> {
  const { rows } = await client.query<ClaimedCommand>(
    `update ledger.commands set started_at = clock_timestamp(), epoch = $2
     where id = (
       select id from ledger.commands
       where chain_id = $1 and finished_at is null and started_at is null and cancel_requested_at is null
         and awaited_at > clock_timestamp() - make_interval(secs => $4) and ($3::uuid is null or id = $3)
       order by requested_at limit 1 for update)
     returning id, epoch::float8, name, input`,
    [chainId, epoch, id, goneAfterSeconds],
  );
  return rows[0] ?? null;
}

/** Stores the progress of a running command for its command line. */
export async function reportProgress(
  client: Queryable,
  { id, epoch }: StartedCommand,
  progress: JsonValue,
): Promise<void> {
  await client.query(
    'update ledger.commands set progress = $3::jsonb where id = $1 and epoch = $2 and finished_at is null',
    [id, epoch, jsonText(progress)],
  );
}

/** Requests that a command stop. A command that has not started ends immediately. */
export async function requestCancel(client: Queryable, id: Uuid): Promise<void> {
  await client.query(
    `update ledger.commands set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
       finished_at = case when started_at is null then clock_timestamp() end,
       outcome = case when started_at is null then 'cancelled' end
     where id = $1 and finished_at is null`,
    [id],
  );
}

/** Whether the command line has requested that the command stop. */
export async function isCancelRequested(client: Queryable, id: Uuid): Promise<boolean> {
  const { rows } = await client.query<{ requested: boolean }>(
    'select cancel_requested_at is not null as requested from ledger.commands where id = $1',
    [id],
  );
  return rows[0]?.requested === true;
}

/** Stores the outcome of a command that this leader executed. Has no effect under another epoch. */
export async function finishCommand(
  client: Queryable,
  { id, epoch }: StartedCommand,
  end: {
    readonly outcome: CommandOutcome;
    readonly result?: JsonValue;
    readonly error?: CommandFailure;
  },
): Promise<void> {
  await client.query(
    `update ledger.commands set finished_at = clock_timestamp(), outcome = $3, result = $4::jsonb, error = $5::jsonb
     where id = $1 and epoch = $2 and finished_at is null`,
    [id, epoch, end.outcome, jsonText(end.result ?? null), jsonText(end.error ?? null)],
  );
}

/** Marks commands that earlier leaders started and did not finish as interrupted. */
export async function closeInterrupted(client: ClientBase, chainId: number, epoch: number): Promise<void> {
  await client.query(
    `update ledger.commands set finished_at = clock_timestamp(), outcome = 'interrupted'
     where chain_id = $1 and finished_at is null and epoch < $2`,
    [chainId, epoch],
  );
}

/** Errors and results may quote text from contracts that jsonb cannot store. */
function jsonText(value: JsonValue | CommandFailure): string | null {
  if (value === null) return null;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storable(part).text : part));
}
