/** Chooses the folder of the embedded PostgreSQL's data. */
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CannotRunError } from '../../primitives/errors.ts';
import { makeFolders, ownerOf } from '../data-folder/files.ts';
import { chooseAccount, mayUse } from './postgres-account.ts';
import type { Account } from './postgres-account.ts';

export interface PostgresPlace {
  /** Contains all files of the server; the account has access. */
  readonly dataFolder: string;
  /** PostgreSQL's own data directory. */
  readonly clusterFolder: string;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly account: Account;
}

/**
 * Returns the actual data folder for a requested folder, prepared for the account that runs PostgreSQL.
 *
 * It is the requested folder, except if this process is root and the account can't reach it, as under a home with mode 0700. Then it is
 * a separate folder under /var/lib or /var/tmp, which persist across reboots. Its name is derived from the requested folder, so that
 * every start finds it.
 */
export async function preparePostgresPlace(wantedFolder: string): Promise<PostgresPlace> {
  const folder = resolve(wantedFolder);
  await makeFolders(folder);
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
    `User ${accountThere.name}, which runs PostgreSQL, can use neither ${folder} nor ${elsewhere}.`,
    {
      code: 'local/no-place',
      fix: 'Name a folder that this user can reach with TRACECHAIN_DATA, or start as an ordinary user.',
    },
  );
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
  // The parent's name helps people to recognize the checkout; the digest makes the name unique.
  const name = `${basename(dirname(dirname(folder)))}-${digest}`;
  const refusals: unknown[] = [];
  for (const base of foldersElsewhere) {
    try {
      await mkdir(base, { recursive: true });
      // /var/tmp is writable by everyone: a folder that another user created there is not trusted.
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
    fix: 'Start as the user who created it, or name another folder with TRACECHAIN_DATA.',
  });
}
