/** Reports node errors that no table recognizes. Each is reported once, with its full content, so that the tables can be extended. */
import { printable } from '../../primitives/text.ts';
import { redactUrls } from './redact.ts';
import type { NodeErrorKind } from './errors.ts';
import type { RpcErrorObject } from './node-answers.ts';

/** An error as the node sent it. It may quote URLs with their secrets and must not be logged unredacted. */
export interface OddError {
  readonly method: string;
  /** The kind that the error is classified as. */
  readonly kind: NodeErrorKind;
  readonly httpStatus?: number | undefined;
  readonly error: RpcErrorObject;
}

export type OnOddError = (odd: OddError) => void;

/** The redacted report of an error, for logs. */
export interface JournalGoneError extends Omit<OddError, 'error'> {
  readonly code: number;
  /** The whole `error` member as JSON, without secrets and truncated. */
  readonly error: string;
}

/** Bounds the log and the memory against a node whose every error has a different text. */
const maximumReports = 200;
const longestError = 4_000;

/** Reports each combination of code and message once per node. Numbers, hashes and trace ids are ignored in the comparison of messages. */
export function tellOnce(url: string, tell: (told: JournalGoneError) => void): OnOddError {
  const seen = new Set<string>();
  return ({ error, ...odd }) => {
    const key = `${error.code} ${error.message.slice(0, longestError).replaceAll(/0x[\da-f]+|[\da-f-]*\d[\da-f-]*/gi, '#')}`;
    if (seen.has(key) || seen.size >= maximumReports) return;
    seen.add(key);
    const { code } = error;
    tell({ ...odd, code, error: printable(redactUrls(JSON.stringify(error), url), longestError) });
  };
}
