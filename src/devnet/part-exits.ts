/** If a server of the local system ends unexpectedly, the system ends with a message that names it. */
import { TraceChainError } from '../primitives/errors.ts';
import type { ProcessExit } from './postgres/server-process.ts';

export interface WatchedServer {
  readonly exited: Promise<ProcessExit>;
}

/** Resolves when the signal is aborted; rejects if the server ends without having been stopped. */
export async function failWhenExited(
  name: string,
  server: WatchedServer,
  signal: AbortSignal,
  fix: string,
): Promise<void> {
  const aborted = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => aborted.resolve(undefined), { once: true });
  if (signal.aborted) return;
  const exit = await Promise.race([server.exited, aborted.promise]);
  if (exit === undefined || exit.expected) return;
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  throw new TraceChainError(`${name} ended unexpectedly (${how}), so everything else was stopped.`, {
    code: 'local/part-ended',
    fix,
  });
}
