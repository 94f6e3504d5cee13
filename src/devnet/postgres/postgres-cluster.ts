/** Makes the database cluster that the embedded PostgreSQL runs on. */
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

/** The superuser of the embedded database, and the only one there is at first. */
export const postgresUser = 'tracechain';

/** The major version that the cluster in a folder was made by; undefined where there is none. */
export async function clusterVersion(clusterFolder: string): Promise<number | undefined> {
  const text = await readIfThere(join(clusterFolder, 'PG_VERSION'));
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** Makes the cluster beside its final place and moves it there when it is whole, so that a killed initdb leaves nothing. */
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
  // The builtin provider sorts by code point, the same on every machine, and knows Unicode's cases; it is there from 17 on.
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
    throw new CannotRunError(`initdb could not make a database in ${place.clusterFolder}.`, {
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
      fix: 'Start anew with --fresh.',
    },
  );
}

/** Nothing of ours but the PATH: variables such as PGDATA or PGOPTIONS would steer PostgreSQL elsewhere. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
}
