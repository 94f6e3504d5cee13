/** Finds and runs the configuration file. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CannotRunError } from '../primitives/errors.ts';
import { valueAt } from './records.ts';

export const configurationFileName = 'tracechain.config.ts';

export interface ConfigurationFile {
  /** Absolute. */
  readonly path: string;
  /** What the file exports, not looked at yet. */
  readonly content: unknown;
}

export interface FileRequest {
  /** What `--config` names. */
  readonly named: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which names are resolved and the usual file is looked for. */
  readonly folder: string;
}

/**
 * Reads the file that is named by the option, else by TRACECHAIN_CONFIG, else the usual one in the folder where that is
 * there; null where there is none. Throws a CannotRunError for a named file that isn't there and for one that doesn't run.
 */
export async function readConfigurationFile(request: FileRequest): Promise<ConfigurationFile | null> {
  const variable = request.environment['TRACECHAIN_CONFIG'];
  const named = request.named ?? (variable === '' ? undefined : variable);
  const path = resolve(request.folder, named ?? configurationFileName);
  const isThere = await fileIsThere(path);
  if (!isThere && named === undefined) return null;
  if (!isThere) {
    const by = request.named === undefined ? 'TRACECHAIN_CONFIG' : '--config';
    throw new CannotRunError(`The configuration file ${path}, which ${by} names, isn’t there.`, {
      code: 'configuration/no-file',
      fix: `Correct ${by}, or write one with npx tracechain init.`,
    });
  }
  return { path, content: await importDefault(path) };
}

/** A file that asks a service for its values may take a moment. */
const patienceMs = 30_000;

async function importDefault(path: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await settled(import(pathToFileURL(path).href), path);
  } catch (error) {
    if (error instanceof CannotRunError) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CannotRunError(`The configuration file ${path} doesn’t run: ${reason}`, {
      code: 'configuration/broken-file',
      fix: 'Correct it: plain TypeScript whose types can be stripped, imports with their .ts ending.',
      cause: error,
    });
  }
  const content = valueAt(module, ['default']);
  if (content !== undefined) return content;
  throw new CannotRunError(`The configuration file ${path} has no default export.`, {
    code: 'configuration/no-export',
    fix: 'Let it end in: export default defineConfig({ … });',
  });
}

/**
 * What a file's own code may do to us: end the process, wait for what never comes (Node then leaves, with a code of its own), or
 * wait for ever. Each is told as what it is.
 */
async function settled(importing: Promise<unknown>, path: string): Promise<unknown> {
  const endedBy = (): void => {
    process.stderr.write(
      `tracechain: The configuration file ${path} ended the program, or waits for what never comes. Let it only export its values.\n`,
    );
    process.exitCode = couldNotRun;
  };
  process.on('exit', endedBy);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new CannotRunError(`The configuration file ${path} hasn’t come to its end in ${patienceMs / 1000} s.`, {
        code: 'configuration/endless-file',
        fix: 'Let it only export its values.',
      }),
    );
  }, patienceMs);
  // Where nothing else is to come either, there is no point in waiting.
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
    // Whatever the reason, it can't be read from here; a file that was asked for by name is then refused by its name.
    return false;
  }
}
