/**
 * Classifies errors of PostgreSQL and of the connection by SQLSTATE and errno, and explains them. No message contains the password or the
 * connection string.
 */
import { CannotRunError, TraceChainError } from '../primitives/errors.ts';

/** The target of a connection, as far as an error may name it. */
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
  /** The error may disappear by itself, so a running process may retry. */
  readonly isTransient: boolean;
}

const unreachable: Explanation = {
  code: 'database/unreachable',
  what: (target) => `PostgreSQL can't be reached at ${place(target)}`,
  fix: 'Check that the server runs, and that the host and port in DATABASE_URL are right.',
  isTransient: true,
};
const silent: Explanation = {
  code: 'database/unreachable',
  what: (target) => `PostgreSQL at ${place(target)} gives no answer`,
  fix: 'Check the network to the server, and whether the server still runs.',
  isTransient: true,
};
const starting: Explanation = {
  code: 'database/starting',
  what: (target) => `PostgreSQL at ${place(target)} is starting up or shutting down`,
  fix: 'Retry when it accepts connections.',
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
  fix: 'Create it (encoding UTF8), or correct the database name in DATABASE_URL.',
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
  fix: 'Specify its certificate authority with sslrootcert in DATABASE_URL, or use another sslmode.',
  isTransient: false,
};

/** SQLSTATEs (PostgreSQL's appendix A), socket errnos, and TLS codes of Node. */
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
 * Converts the error of a failed or lost connection. A transient error becomes a TraceChainError, and an error that the operator must fix
 * becomes a CannotRunError. The driver's own error is the `cause`.
 */
export function explainConnectionError(error: unknown, target: ConnectionTarget): TraceChainError {
  if (error instanceof TraceChainError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  // If its own time limit ends first, the pool wraps the client's error.
  if (cause instanceof TraceChainError) return cause;
  const explanation = isConnectTimeout(error)
    ? silent
    : isLostConnection(error)
      ? unreachable
      : explanations[errorCode(error) ?? ''];
  if (explanation === undefined) {
    const reason = error instanceof Error ? error.message : String(error);
    return new TraceChainError(`the connection to PostgreSQL at ${place(target)} failed: ${reason}`, {
      code: 'database/connection-failed',
      fix: 'Check DATABASE_URL: the password and the sslmode that the server requires, and whether the server responds in time.',
      cause: error,
    });
  }
  const options = { code: explanation.code, fix: explanation.fix, cause: error };
  return explanation.isTransient
    ? new TraceChainError(explanation.what(target), options)
    : new CannotRunError(explanation.what(target), options);
}

/** The driver's messages for a server that does not respond in time. They have no code. */
const connectTimeouts: ReadonlySet<string> = new Set([
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
]);

function isConnectTimeout(error: unknown): boolean {
  return error instanceof Error && errorCode(error) === undefined && connectTimeouts.has(error.message);
}

/** The error for a statement without a response in time: the network may be down. */
export function noAnswer(target: ConnectionTarget, timeoutMs: number): TraceChainError {
  return new TraceChainError(`${silent.what(target)} to a statement within ${timeoutMs} ms`, silent);
}

/**
 * The error for SQLSTATEs (class 58, XX001, XX002) by which PostgreSQL reports that it cannot use its own files: they were removed, or the
 * disk fails. Undefined for all other errors.
 */
export function explainServerFault(error: unknown): CannotRunError | undefined {
  if (!/^(?:58...|XX00[12])$/.test(errorCode(error) ?? '') || !(error instanceof Error)) return undefined;
  return new CannotRunError(`PostgreSQL can't use its own files: ${error.message}`, {
    code: 'database/files',
    fix: 'Its data folder was changed or emptied while it ran, or the disk is failing. Start the local system with --fresh, or restore a backup.',
    cause: error,
  });
}

/** The SQLSTATE of a PostgreSQL error, or the errno of a system error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function place({ host, port }: ConnectionTarget): string {
  return `${host ?? 'localhost'}:${port ?? 5432}`;
}

/**
 * Transient SQLSTATE classes: connection failures, idle or transaction timeouts, serialization failures and deadlocks, insufficient
 * resources, operator intervention.
 */
const transientStates = /^(?:08...|25P0[34]|40001|40P01|53...|55P03|57P0[1-5])$/;

const transientCodes: ReadonlySet<string> = new Set(
  [unreachable, starting, tooManyConnections].map(({ code }) => code),
);

/** The driver's messages, without a code, for a connection that ended during a query or before it was established. */
const lostConnection = /^(?:Connection terminated|Client has encountered a connection error)/;

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && errorCode(error) === undefined && lostConnection.test(error.message);
}

/** Whether the same work may succeed if it is repeated from its start on another connection. */
export function isTransientDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  if (code === undefined) return isLostConnection(error);
  return transientCodes.has(code) || transientStates.test(code) || explanations[code]?.isTransient === true;
}
