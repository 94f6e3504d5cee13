/** Where the embedded PostgreSQL keeps its data. */
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CannotRunError } from '../../primitives/errors.ts';
import { makeFolders, ownerOf } from '../data-folder/files.ts';
import { chooseAccount, mayUse } from './postgres-account.ts';
import type { Account } from './postgres-account.ts';

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
    `User ${accountThere.name}, who runs PostgreSQL, can use neither ${folder} nor ${elsewhere}.`,
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
