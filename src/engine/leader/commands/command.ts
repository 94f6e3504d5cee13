/**
 * A command that writes, as the leader executes it. Replay, repair and the like are such: whoever types one, it is done by the one process that
 * leads the chain, under its lease, so that two never write at once.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { NodePool } from '../../chain/nodes.ts';
import type { JsonValue } from '../../../db/columns.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { Lease } from '../leadership.ts';

/** How far a command is, for a person to read. (Not an interface: as a type it may be kept as JSON.) */
export type CommandProgress = {
  /** What it is at, such as `folding`. */
  readonly step: string;
  /** Units done, of `total` where that is known. */
  readonly done?: number;
  readonly total?: number;
  /** What is counted: `blocks`, `rows`. */
  readonly unit?: string;
};

/** What a command works with. */
export interface ExecutionContext {
  readonly pool: Pool;
  /** To be checked first in every transaction that writes. */
  readonly lease: Lease;
  /** The nodes of the chain. Throws a CannotRunError where none is configured. */
  readonly nodes: () => NodePool;
  readonly logger: Logger;
  /** Runs the work between two batches of the projection: none is under way meanwhile, and none begins before it has ended. */
  readonly betweenBatches: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Has the projection go on, also where it was parked. */
  readonly resumeProjection: () => void;
  /** Aborted when the command line gives it up, or the process stops: what isn't committed then is rolled back. */
  readonly signal: AbortSignal;
  /** Tells the command line how far it is. */
  readonly report: (progress: CommandProgress) => void;
}

export interface Command<Input, Result> {
  /** The same for as long as command lines and daemons of different versions may meet. */
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly result: z.ZodType<Result>;
  execute(input: Input, context: ExecutionContext): Promise<Result>;
}

/** A command whose types are known to itself alone: JSON in, JSON out. */
export interface LeaderCommand {
  readonly name: string;
  execute(input: JsonValue, context: ExecutionContext): Promise<JsonValue>;
}

/** For the list that the leader is given. Input that the schema refuses (another version's) fails the command. */
export function leaderCommand<Input, Result>(command: Command<Input, Result>): LeaderCommand {
  return {
    name: command.name,
    execute: async (input, context) => {
      const parsed = command.input.safeParse(input);
      if (!parsed.success) throw refusedInput(command.name, parsed.error);
      return asJson(await command.execute(parsed.data, context));
    },
  };
}

function refusedInput(name: string, cause: z.ZodError): CannotRunError {
  return new CannotRunError(`The daemon can’t take what the command ${name} was asked with.`, {
    code: 'sync/command-input',
    fix: 'It runs another version than this command line: start it with this one.',
    cause,
  });
}

/** A value as jsonb keeps it; what JSON has no form for must have been made text before. */
export function asJson(value: unknown): JsonValue {
  return z.json().parse(JSON.parse(JSON.stringify(value ?? null)));
}
