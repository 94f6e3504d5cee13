/** Finds and runs the configuration file. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CannotRunError } from '../primitives/errors.ts';
import { valueAt } from './values.ts';

export const configurationFileName = 'tracechain.config.ts';

export interface ConfigurationFile {
  /** Absolute. */
  readonly path: string;
  /** The file's default export, not validated. */
  readonly content: unknown;
}

export interface FileRequest {
  /** The value of `--config`. */
  readonly named: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which names are resolved and the default file is searched. */
  readonly folder: string;
}

/**
 * Reads the file that the option names, otherwise that of TRACECHAIN_CONFIG, otherwise the default file if the folder has one.
 * Returns null if there is none. Throws a CannotRunError for a named file that does not exist, and for a file that fails to run.
 */
export async function readConfigurationFile(request: FileRequest): Promise<ConfigurationFile | null> {
  const variable = request.environment['TRACECHAIN_CONFIG'];
  const named = request.named ?? (variable === '' ? undefined : variable);
  const path = resolve(request.folder, named ?? configurationFileName);
  const isThere = await fileIsThere(path);
  if (!isThere && named === undefined) return null;
  if (!isThere) {
    const by = request.named === undefined ? 'TRACECHAIN_CONFIG' : '--config';
    throw new CannotRunError(`The configuration file ${path}, which ${by} names, does not exist.`, {
      code: 'configuration/no-file',
      fix: `Correct ${by}, or write one with npx tracechain init.`,
    });
  }
  return { path, content: await importDefault(path) };
}

/** A file may take some time, for example if it fetches its values from a service. */
const patienceMs = 30_000;

async function importDefault(path: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await settled(import(pathToFileURL(path).href), path);
  } catch (error) {
    if (error instanceof CannotRunError) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CannotRunError(`The configuration file ${path} fails to run: ${reason}`, {
      code: 'configuration/broken-file',
      fix: 'Correct it: use plain TypeScript whose types can be stripped, and imports with the .ts extension.',
      cause: error,
    });
  }
  const content = valueAt(module, ['default']);
  if (content !== undefined) return content;
  throw new CannotRunError(`The configuration file ${path} has no default export.`, {
    code: 'configuration/no-export',
    fix: 'End it with: export default defineConfig({ … });',
  });
}

/**
 * Detects what the code of a file may do: end the process, await a promise that never settles (Node then exits with its own code), or
 * run for ever. Each is reported as such.
 */
async function settled(importing: Promise<unknown>, path: string): Promise<unknown> {
  const endedBy = (): void => {
    process.stderr.write(
      `tracechain: The configuration file ${path} ended the program, or awaits a promise that never settles. It should only export its values.\n`,
    );
    process.exitCode = couldNotRun;
  };
  process.on('exit', endedBy);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new CannotRunError(`The configuration file ${path} did not finish within ${patienceMs / 1000} s.`, {
        code: 'configuration/endless-file',
        fix: 'It should only export its values.',
      }),
    );
  }, patienceMs);
  // If nothing else keeps the process alive, the timer need not either.
  timer.unref();
  try {
    return await Promise.race([importing, late.promise]);
  } finally {
    clearTimeout(timer);
    process.off('exit', endedBy);
  }
}

/** The exit code of a program that could not run. */
const couldNotRun = 2;

async function fileIsThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // The file can't be read, whatever the reason; a file that was named is then refused by name.
    return false;
  }
}
