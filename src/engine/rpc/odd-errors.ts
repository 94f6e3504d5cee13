/** Errors of nodes that no table knows: each is told once with all that came with it, so that the table can be completed. */
import { printable } from '../../primitives/text.ts';
import { redactUrls } from './redact.ts';
import type { NodeErrorKind } from './errors.ts';
import type { RpcErrorObject } from './node-answers.ts';

/** An error as the node gave it. It may quote URLs with their secrets: not for a log as it is. */
export interface OddError {
  readonly method: string;
  /** What it is taken for. */
  readonly kind: NodeErrorKind;
  readonly httpStatus?: number | undefined;
  readonly error: RpcErrorObject;
}

export type OnOddError = (odd: OddError) => void;

/** The same, fit for a log. */
export interface JournalGoneError extends Omit<OddError, 'error'> {
  readonly code: number;
  /** The whole `error` member as JSON, without secrets, cut where it is longer than a log line should be. */
  readonly error: string;
}

/** A node that puts another text into every error fills neither the log nor the memory. */
const mostTold = 200;
const longestError = 4_000;

/** Tells of each code with each message once a node. What differs from error to error (numbers, hashes, trace ids) doesn't make another message. */
export function tellOnce(url: string, tell: (told: JournalGoneError) => void): OnOddError {
  const seen = new Set<string>();
  return ({ error, ...odd }) => {
    const key = `${error.code} ${error.message.slice(0, longestError).replaceAll(/0x[\da-f]+|[\da-f-]*\d[\da-f-]*/gi, '#')}`;
    if (seen.has(key) || seen.size >= mostTold) return;
    seen.add(key);
    const { code } = error;
    tell({ ...odd, code, error: printable(redactUrls(JSON.stringify(error), url), longestError) });
  };
}
