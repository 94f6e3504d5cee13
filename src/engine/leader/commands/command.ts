/**
 * A command that writes, such as replay or repair, as the leader executes it. Only the leader of the chain runs such commands, under its
 * lease, so that two never write at once.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { NodePool } from '../../chain/nodes.ts';
import type { JsonValue } from '../../../db/columns.ts';
import { CannotRunError, TraceChainError } from '../../../primitives/errors.ts';
import type { Lease } from '../leadership.ts';
import type { CommandFailure } from '../command-records.ts';

/** The progress of a command, for display. (A type alias instead of an interface, so that it can be stored as JSON.) */
export type CommandProgress = {
  /** The current step, such as `folding`. */
  readonly step: string;
  /** Units done, of `total` if that is known. */
  readonly done?: number;
  readonly total?: number;
  /** The unit that is counted: `blocks`, `rows`. */
  readonly unit?: string;
};

/** The context in which a command runs. */
export interface ExecutionContext {
  readonly pool: Pool;
  /** Every writing transaction must check the lease first. */
  readonly lease: Lease;
  /** The nodes of the chain. Throws a CannotRunError if none is configured. */
  readonly nodes: () => NodePool;
  readonly logger: Logger;
  /** Runs the work between two batches of the projection. No batch runs during the work. */
  readonly betweenBatches: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Resumes the projection, even if a write error has halted it. */
  readonly resumeProjection: () => void;
  /** Aborted when the command line cancels the command or the process stops. Uncommitted work is then rolled back. */
  readonly signal: AbortSignal;
  /** Reports the progress to the command line. */
  readonly report: (progress: CommandProgress) => void;
}

export interface Command<Input, Result> {
  /** The name must stay the same while command lines and daemons of different versions may communicate. */
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly result: z.ZodType<Result>;
  execute(input: Input, context: ExecutionContext): Promise<Result>;
}

/** A command with its types erased: JSON in, JSON out. */
export interface LeaderCommand {
  readonly name: string;
  execute(input: JsonValue, context: ExecutionContext): Promise<JsonValue>;
}

/**
 * Erases a command's types for the leader's list of commands. Input that the schema refuses, such as that of another version, fails the
 * command.
 */
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
  return new CannotRunError(`The daemon can’t read the input of the command ${name}.`, {
    code: 'sync/command-input',
    fix: 'The daemon runs another version than this command line: start the daemon with this version.',
    cause,
  });
}

/** Converts a value to the form that jsonb stores. The caller must convert values without a JSON form to text first. */
export function asJson(value: unknown): JsonValue {
  return z.json().parse(JSON.parse(JSON.stringify(value ?? null)));
}

/** Converts an error to the form stored in the command's row. */
export function failureOf(error: unknown): CommandFailure {
  if (!(error instanceof TraceChainError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: codeOf(error), message, fix: null, place: {}, couldNotRun: false };
  }
  const place = Object.entries(error.place).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return {
    code: error.code,
    message: error.message,
    fix: error.fix ?? null,
    place: Object.fromEntries(place),
    couldNotRun: error instanceof CannotRunError,
  };
}

/** Recreates the leader's error in this process. */
export function errorOf({ code, message, fix, place, couldNotRun }: CommandFailure): TraceChainError {
  const options = { code, place, ...(fix === null ? {} : { fix }) };
  return couldNotRun ? new CannotRunError(message, options) : new TraceChainError(message, options);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unexpected';
}
