/**
 * What PostgreSQL and the way to it answer, told apart by SQLSTATE and errno and said clearly. No message carries the
 * password, nor the connection string that has it.
 */
import { CannotRunError, TraceChainError } from '../primitives/errors.ts';

/** Where a connection was to go, as an error may name it. */
export interface ConnectionTarget {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
}

interface Explanation {
  readonly code: string;
  readonly what: (target: ConnectionTarget) => string;
  readonly fix: string;
  /** It may pass by itself, so whoever runs already may try again. */
  readonly isTransient: boolean;
}

const unreachable: Explanation = {
  code: 'database/unreachable',
  what: (target) => `PostgreSQL can't be reached at ${place(target)}`,
  fix: 'Check that the server runs, and the host and port of DATABASE_URL.',
  isTransient: true,
};
const silent: Explanation = {
  code: 'database/unreachable',
  what: (target) => `PostgreSQL at ${place(target)} gives no answer`,
  fix: 'Check the network between, and whether the server still runs.',
  isTransient: true,
};
const starting: Explanation = {
  code: 'database/starting',
  what: (target) => `PostgreSQL at ${place(target)} is starting up or shutting down`,
  fix: 'Try again when it accepts connections.',
  isTransient: true,
};
const tooManyConnections: Explanation = {
  code: 'database/too-many-connections',
  what: (target) => `PostgreSQL at ${place(target)} has no connection left`,
  fix: 'Raise max_connections, or lower the pool sizes.',
  isTransient: true,
};
const refused: Explanation = {
  code: 'database/authentication',
  what: (target) => `PostgreSQL at ${place(target)} refuses user "${target.user ?? ''}"`,
  fix: "Check the user and the password of DATABASE_URL, and the server's pg_hba.conf.",
  isTransient: false,
};
const noSuchDatabase: Explanation = {
  code: 'database/missing',
  what: (target) => `PostgreSQL at ${place(target)} has no database "${target.database ?? ''}"`,
  fix: 'Create it (encoding UTF8), or correct the database of DATABASE_URL.',
  isTransient: false,
};
const notPermitted: Explanation = {
  code: 'database/privilege',
  what: (target) => `user "${target.user ?? ''}" lacks a privilege in database "${target.database ?? ''}"`,
  fix: 'Grant it CONNECT and CREATE on the database and CREATE on the schema public, or use the owner.',
  isTransient: false,
};
const untrusted: Explanation = {
  code: 'database/certificate',
  what: (target) => `the TLS certificate of PostgreSQL at ${place(target)} can't be trusted`,
  fix: 'Name its authority with sslrootcert in DATABASE_URL, or choose the sslmode that is meant.',
  isTransient: false,
};

/** SQLSTATEs (PostgreSQL's appendix A), errnos of the socket, and codes of Node's TLS. */
const explanations: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  ETIMEDOUT: unreachable,
  EPIPE: unreachable,
  ENOENT: unreachable,
  '08000': unreachable,
  '08003': unreachable,
  '08006': unreachable,
  '57P01': starting,
  '57P02': starting,
  '57P03': starting,
  '53300': tooManyConnections,
  '28000': refused,
  '28P01': refused,
  '3D000': noSuchDatabase,
  '42501': notPermitted,
  CERT_HAS_EXPIRED: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

/**
 * The error of a connection that couldn't be made or was lost, in our words. What may pass by itself is a
 * TraceChainError; what a person must change, a CannotRunError. The driver's own error is its `cause`.
 */
export function explainConnectionError(error: unknown, target: ConnectionTarget): TraceChainError {
  if (error instanceof TraceChainError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  // The pool wraps what its client said when its own time is up.
  if (cause instanceof TraceChainError) return cause;
  const explanation = isConnectTimeout(error)
    ? silent
    : isLostConnection(error)
      ? unreachable
      : explanations[errorCode(error) ?? ''];
  if (explanation === undefined) {
    const said = error instanceof Error ? error.message : String(error);
    return new TraceChainError(`the connection to PostgreSQL at ${place(target)} failed: ${said}`, {
      code: 'database/connection-failed',
      fix: 'Check DATABASE_URL: the password and the sslmode that the server asks for, and whether it answers in time.',
      cause: error,
    });
  }
  const options = { code: explanation.code, fix: explanation.fix, cause: error };
  return explanation.isTransient
    ? new TraceChainError(explanation.what(target), options)
    : new CannotRunError(explanation.what(target), options);
}

/** What the driver says of a server that doesn't answer in time: without a code. */
const connectTimeouts: ReadonlySet<string> = new Set([
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
]);

function isConnectTimeout(error: unknown): boolean {
  return error instanceof Error && errorCode(error) === undefined && connectTimeouts.has(error.message);
}

/** A statement that was sent, and that the server gave no answer to in time: the network may be gone. */
export function noAnswer(target: ConnectionTarget, timeoutMs: number): TraceChainError {
  return new TraceChainError(`${silent.what(target)} to a statement within ${timeoutMs} ms`, silent);
}

/**
 * What it means when PostgreSQL can't use its own files any more (SQLSTATE class 58, XX001, XX002): they were taken away under it,
 * or the disk fails. Undefined for every other error.
 */
export function explainServerFault(error: unknown): CannotRunError | undefined {
  if (!/^(?:58...|XX00[12])$/.test(errorCode(error) ?? '') || !(error instanceof Error)) return undefined;
  return new CannotRunError(`PostgreSQL can't use its own files: ${error.message}`, {
    code: 'database/files',
    fix: 'Its data folder was changed or emptied while it ran, or the disk fails. Start the local system with --fresh, or restore a backup.',
    cause: error,
  });
}

/** The SQLSTATE of PostgreSQL's errors, the errno of the system's. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function place({ host, port }: ConnectionTarget): string {
  return `${host ?? 'localhost'}:${port ?? 5432}`;
}

/**
 * SQLSTATE classes that pass by themselves: connection, transactions that were idle or open for too long, serialization and deadlock,
 * resources, operator intervention.
 */
const transientStates = /^(?:08...|25P0[34]|40001|40P01|53...|55P03|57P0[1-5])$/;

const transientCodes: ReadonlySet<string> = new Set(
  [unreachable, starting, tooManyConnections].map(({ code }) => code),
);

/** What the driver says, without a code, of a connection that ended under a query, or before it stood. */
const lostConnection = /^(?:Connection terminated|Client has encountered a connection error)/;

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && errorCode(error) === undefined && lostConnection.test(error.message);
}

/** Whether the same work may succeed when it is done again from its beginning, on another connection. */
export function isTransientDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  if (code === undefined) return isLostConnection(error);
  return transientCodes.has(code) || transientStates.test(code) || explanations[code]?.isTransient === true;
}
