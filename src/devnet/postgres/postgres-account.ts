/**
 * PostgreSQL refuses to run as root. So root runs it as another user, who must be able to reach its programs and data.
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
  /** What a child process is started with; undefined where it is our own user. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Whom PostgreSQL runs as: ourselves, or where we are root the owner of the data that is there already, else `postgres`,
 * else `nobody`. Throws a CannotRunError where root finds neither.
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

/** Whether the account may use the path in these ways, asked of the system itself: mode bits don't tell about ACLs. */
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
    // The shell's word for "test failed"; anything else (no shell, setuid refused) isn't an answer.
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
