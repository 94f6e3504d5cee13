/**
 * PostgreSQL refuses to run as root. So root runs it as another user, which needs access to its programs and data.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { CannotRunError } from '../../primitives/errors.ts';
import { hasErrorCode } from '../error-codes.ts';

const run = promisify(execFile);

export interface Account {
  readonly name: string;
  /** The ids with which child processes are started; undefined if it is the current user. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Chooses the user that PostgreSQL runs as: the current user; for root, the owner of existing data, otherwise `postgres`,
 * otherwise `nobody`. Throws a CannotRunError if root finds none of them.
 */
export async function chooseAccount(ownerOfData?: number): Promise<Account> {
  if (!isRoot()) return { name: userInfo().username, ids: undefined };
  const accounts = await knownAccounts();
  const wanted = [
    accounts.find(({ ids }) => ownerOfData !== undefined && ownerOfData !== 0 && ids?.uid === ownerOfData),
    accounts.find(({ name }) => name === 'postgres'),
    accounts.find(({ name }) => name === 'nobody'),
  ];
  const account = wanted.find((candidate) => candidate !== undefined);
  if (account !== undefined) return account;
  throw new CannotRunError(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.',
    {
      code: 'local/no-account',
      fix: 'Start as an ordinary user, or add a user named postgres.',
    },
  );
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whether the account has this access to the path. Tested by the system itself, because mode bits don't reflect ACLs. */
export async function mayUse(
  account: Account,
  path: string,
  ...ways: readonly ('-r' | '-w' | '-x')[]
): Promise<boolean> {
  const tests = ways.map((way) => `test ${way} "$1"`).join(' && ');
  try {
    await run('/bin/sh', ['-c', tests, 'sh', path], { cwd: '/', ...account.ids });
    return true;
  } catch (error) {
    // The shell's exit code for "test failed"; any other (no shell, setuid refused) is an error.
    if (hasErrorCode(error, 1)) return false;
    throw error;
  }
}

async function knownAccounts(): Promise<readonly Account[]> {
  const text = await readFile('/etc/passwd', 'utf8');
  return text.split('\n').flatMap((line): Account[] => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, ids: { uid: Number(uid), gid: Number(gid) } }];
  });
}
