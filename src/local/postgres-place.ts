/** Where the embedded PostgreSQL keeps its data, and which programs run it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CannotRunError } from '../primitives/errors.ts';
import { hasErrorCode } from './error-codes.ts';
import { chooseAccount, mayUse } from './postgres-account.ts';
import type { Account } from './postgres-account.ts';
import { findPostgresBinaries, missingPostgres, supportedPostgresVersions } from './platform.ts';
import type { Places, PostgresBinaries } from './platform.ts';

const run = promisify(execFile);

export interface PostgresPlace {
  /** Everything of the server's lies in here; the account may use it. */
  readonly dataFolder: string;
  /** PostgreSQL's own data directory. */
  readonly clusterFolder: string;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly account: Account;
}

/**
 * Where the data wanted in this folder really lies, made ready for the account that runs PostgreSQL.
 *
 * It is the folder itself, except where we are root and that account can't reach it, as under a 0700 home. Then it is a folder of
 * its own under /var/lib, or /var/tmp, which outlive a reboot; its name is derived from the wanted folder's, so that
 * every start finds it again.
 */
export async function preparePostgresPlace(wantedFolder: string): Promise<PostgresPlace> {
  const folder = resolve(wantedFolder);
  await mkdir(folder, { recursive: true });
  const account = await chooseAccount(await ownerOf(join(folder, 'cluster')));
  if (account.ids === undefined) {
    await refuseForeignData(folder, account);
    return placeIn(folder, account);
  }
  await giveTo(account, folder);
  if (await mayUse(account, folder, '-r', '-w', '-x')) return placeIn(folder, account);
  const elsewhere = await folderElsewhere(folder);
  const accountThere = await chooseAccount(await ownerOf(join(elsewhere, 'cluster')));
  await giveTo(accountThere, elsewhere);
  if (await mayUse(accountThere, elsewhere, '-r', '-w', '-x')) return placeIn(elsewhere, accountThere);
  throw new CannotRunError(
    `User ${accountThere.name}, who runs PostgreSQL, can use neither ${folder} nor ${elsewhere}.`,
    {
      code: 'local/no-place',
      fix: 'Name a folder that this user can reach with TRACECHAIN_DATA, or start as an ordinary user.',
    },
  );
}

export interface PostgresInstallation {
  readonly binariesFolder: string;
  readonly version: string;
  readonly majorVersion: number;
}

/**
 * The first PostgreSQL that the account can run, of this major version where there is data already. Throws a
 * CannotRunError that names what was looked at where none fits.
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

function placeIn(dataFolder: string, account: Account): PostgresPlace {
  return {
    dataFolder,
    clusterFolder: join(dataFolder, 'cluster'),
    passwordFile: join(dataFolder, 'password'),
    logFile: join(dataFolder, 'postgres.log'),
    account,
  };
}

async function giveTo(account: Account, folder: string): Promise<void> {
  await chmod(folder, 0o700);
  if (account.ids !== undefined) await chown(folder, account.ids.uid, account.ids.gid);
}

const foldersElsewhere = ['/var/lib/tracechain', '/var/tmp/tracechain'];

async function folderElsewhere(folder: string): Promise<string> {
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  // The parent's name only helps a person to recognise the checkout; the digest tells the folders apart.
  const name = `${basename(dirname(dirname(folder)))}-${digest}`;
  const refusals: unknown[] = [];
  for (const base of foldersElsewhere) {
    try {
      await mkdir(base, { recursive: true });
      // /var/tmp is everybody's: a folder that another user laid out there isn't ours to trust.
      const { uid } = await lstat(base);
      if (uid !== 0) continue;
      await chmod(base, 0o755);
      await mkdir(join(base, name), { recursive: true });
      return join(base, name);
    } catch (error) {
      refusals.push(error);
    }
  }
  throw new CannotRunError(
    `No folder for the database: ${foldersElsewhere.join(' and ')} can't be written.`,
    {
      code: 'local/no-place',
      fix: 'Name a folder that the user postgres can reach with TRACECHAIN_DATA.',
      cause: new AggregateError(refusals),
    },
  );
}

async function refuseForeignData(folder: string, account: Account): Promise<void> {
  const owner = (await ownerOf(join(folder, 'cluster'))) ?? (await ownerOf(folder));
  if (owner === undefined || process.getuid === undefined || owner === process.getuid()) return;
  throw new CannotRunError(`The database in ${folder} belongs to user id ${owner}, not to ${account.name}.`, {
    code: 'local/foreign-data',
    fix: 'Start as the user who started it first, or name another folder with TRACECHAIN_DATA.',
  });
}

async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

/**
 * A folder with these programs that the account can execute: theirs, or a copy beside the data where the account can't
 * reach them or their folder can't be completed.
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
 * Makes the links among the embedded build's libraries, which a package can't hold and its install script, which may not
 * have run, would make. Returns false where the folder can't be written and links are missing.
 */
async function makeLibraryLinks(embeddedFolder: string): Promise<boolean> {
  const list = librarySymlinks.parse(
    JSON.parse(await readFile(join(embeddedFolder, 'pg-symlinks.json'), 'utf8')),
  );
  for (const { source, target } of list) {
    try {
      // Paths are relative to the package, one level up; source and target lie in the same folder.
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
  if ((await ownerOf(copy)) !== undefined) return copy;
  const unfinished = join(place.dataFolder, 'programs', `${manifest.version}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await cp(embeddedFolder, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLibraryLinks(join(unfinished, 'native'));
  await makeReadable(join(place.dataFolder, 'programs'));
  await rename(unfinished, dirname(copy));
  return copy;
}

/** Gives everybody what the owner may do with the files under a folder, but write: the umask may have kept it back. */
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
    // A C library that is too old, a missing library, no permission: the next one found may do.
    return {
      kind: 'broken',
      reason: error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error),
    };
  }
}
