/** Creates the database cluster of the embedded PostgreSQL. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotRunError } from '../../primitives/errors.ts';
import { readIfThere } from '../data-folder/files.ts';
import type { PostgresPlace } from './postgres-place.ts';
import type { PostgresInstallation } from './postgres-programs.ts';

const run = promisify(execFile);

/** The superuser of the embedded database, initially its only user. */
export const postgresUser = 'tracechain';

/** Returns the major version that created the cluster in a folder; undefined if there is none. */
export async function clusterVersion(clusterFolder: string): Promise<number | undefined> {
  const text = await readIfThere(join(clusterFolder, 'PG_VERSION'));
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** Creates the cluster in a temporary place and moves it when it is complete, so that a killed initdb leaves no partial cluster. */
export async function createCluster(
  place: PostgresPlace,
  installation: PostgresInstallation,
  isDurable: boolean,
): Promise<void> {
  const unfinished = `${place.clusterFolder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const { ids } = place.account;
  await writeFile(place.passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (ids !== undefined) await chown(place.passwordFile, ids.uid, ids.gid);
  // The builtin provider (from version 17 on) sorts by code point, the same on every machine, and supports Unicode case mapping.
  const locale =
    installation.majorVersion >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C'];
  const authentication = [
    '--auth=scram-sha-256',
    `--username=${postgresUser}`,
    `--pwfile=${place.passwordFile}`,
  ];
  const durability = isDurable ? [] : ['--no-sync'];
  try {
    await run(
      join(installation.binariesFolder, 'initdb'),
      ['--pgdata', unfinished, '--encoding=UTF8', ...locale, ...authentication, ...durability],
      { cwd: '/', env: serverEnvironment(), ...ids },
    );
  } catch (error) {
    throw new CannotRunError(`initdb could not create a cluster in ${place.clusterFolder}.`, {
      code: 'local/initdb-failed',
      fix: 'See the cause; the folder must be writable and have some 100 MB of space.',
      cause: error,
    });
  }
  await rename(unfinished, place.clusterFolder);
}

export async function readPassword(place: PostgresPlace): Promise<string> {
  const password = await readIfThere(place.passwordFile);
  if (password !== undefined) return password.trim();
  throw new CannotRunError(
    `The password of the database in ${place.dataFolder} is missing (${place.passwordFile}).`,
    {
      code: 'local/no-password',
      fix: 'Start with --fresh, which deletes the local data.',
    },
  );
}

/** Only the PATH is passed on, because variables such as PGDATA or PGOPTIONS would change PostgreSQL's behaviour. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
}
