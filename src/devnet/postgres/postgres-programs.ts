/** Chooses the PostgreSQL programs of the embedded database, and makes them executable for its account. */
import { execFile } from 'node:child_process';
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { hasErrorCode } from '../error-codes.ts';
import { isThere } from '../data-folder/files.ts';
import { findPostgresBinaries, missingPostgres, supportedPostgresVersions } from '../platform.ts';
import type { Places, PostgresBinaries } from '../platform.ts';
import { mayUse } from './postgres-account.ts';
import type { Account } from './postgres-account.ts';
import type { PostgresPlace } from './postgres-place.ts';

const run = promisify(execFile);

export interface PostgresInstallation {
  readonly binariesFolder: string;
  readonly version: string;
  readonly majorVersion: number;
}

/**
 * Returns the first PostgreSQL that the account can run; if data exists, one of its major version. If none is suitable, throws a
 * CannotRunError that names those found.
 */
export async function preparePostgresInstallation(
  place: PostgresPlace,
  majorVersion?: number,
  places?: Places,
): Promise<PostgresInstallation> {
  const seen: string[] = [];
  for (const binaries of await findPostgresBinaries(places)) {
    const binariesFolder = await makeRunnable(binaries, place);
    const version = await versionOf(join(binariesFolder, 'postgres'), place.account);
    if (version.kind === 'broken') {
      seen.push(`${binariesFolder} does not run (${version.reason})`);
      continue;
    }
    const major = Number.parseInt(version.text, 10);
    const isSupported =
      major >= supportedPostgresVersions.oldest && major <= supportedPostgresVersions.newest;
    if (isSupported && (majorVersion === undefined || major === majorVersion)) {
      return { binariesFolder, version: version.text, majorVersion: major };
    }
    seen.push(`${binariesFolder} is version ${version.text}`);
  }
  throw missingPostgres(seen, majorVersion);
}

/**
 * Returns a folder with these programs that the account can execute: the original, or a copy near the data if the account can't
 * reach the original or its links can't be created.
 */
async function makeRunnable(binaries: PostgresBinaries, place: PostgresPlace): Promise<string> {
  const { embeddedFolder, binariesFolder } = binaries;
  if (embeddedFolder === undefined) return binariesFolder;
  const isComplete = await makeLibraryLinks(embeddedFolder);
  const isReadable =
    (await mayUse(place.account, join(binariesFolder, 'postgres'), '-r', '-x')) &&
    (await mayUse(place.account, join(embeddedFolder, 'share', 'postgresql', 'postgres.bki'), '-r'));
  if (isComplete && isReadable) return binariesFolder;
  return join(await copyPrograms(embeddedFolder, place), 'bin');
}

const librarySymlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Creates the links among the embedded build's libraries. An npm package can't contain links, and its install script, which would create
 * them, may not have run. Returns false if links are missing and the folder is not writable.
 */
async function makeLibraryLinks(embeddedFolder: string): Promise<boolean> {
  const list = librarySymlinks.parse(
    JSON.parse(await readFile(join(embeddedFolder, 'pg-symlinks.json'), 'utf8')),
  );
  for (const { source, target } of list) {
    try {
      // Paths are relative to the package, one level up; source and target are in the same folder.
      await symlink(basename(source), join(dirname(embeddedFolder), target));
    } catch (error) {
      if (hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
      if (!hasErrorCode(error, 'EEXIST')) throw error;
    }
  }
  return true;
}

async function copyPrograms(embeddedFolder: string, place: PostgresPlace): Promise<string> {
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(dirname(embeddedFolder), 'package.json'), 'utf8')));
  const copy = join(place.dataFolder, 'programs', manifest.version, 'native');
  if (await isThere(copy)) return copy;
  const unfinished = join(place.dataFolder, 'programs', `${manifest.version}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await cp(embeddedFolder, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLibraryLinks(join(unfinished, 'native'));
  await makeReadable(join(place.dataFolder, 'programs'));
  await rename(unfinished, dirname(copy));
  return copy;
}

/** Gives everyone the owner's permissions on the files under a folder, except writing: the umask may have removed them. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

type Version =
  | { readonly kind: 'runs'; readonly text: string }
  | { readonly kind: 'broken'; readonly reason: string };

async function versionOf(postgres: string, account: Account): Promise<Version> {
  try {
    const { stdout } = await run(postgres, ['--version'], { cwd: '/', ...account.ids });
    // "postgres (PostgreSQL) 18.4 (Debian 18.4-1)"
    const text = /\(PostgreSQL\) (\d+\S*)/.exec(stdout)?.[1];
    return text === undefined ? { kind: 'broken', reason: 'unknown version' } : { kind: 'runs', text };
  } catch (error) {
    // An old C library, a missing library, no permission: the next installation may work.
    return {
      kind: 'broken',
      reason: error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error),
    };
  }
}
