/** What `start` ends with: 2 only if it can't start, so that a service manager starts again a daemon that ran. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { fixtureContracts } from '../support/daemon.ts';
import { followChain, queryDatabase } from '../support/followed-chain.ts';
import { launcher, runTracechainProcess } from './run.ts';

const chain = followChain();

test('if the database refuses a daemon permanently, the running daemon ends with 1, and a new start ends with 2', async () => {
  const environment = {
    DATABASE_URL: chain.databaseUrl,
    RPC_URL: chain.rpcUrl,
    TRACECHAIN_CONTRACTS: JSON.stringify(fixtureContracts(chain.addresses)),
  };
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [launcher, 'start', '--json'], {
    env: { PATH, TRACECHAIN_DATA: '/nonexistent/tracechain', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const errors = text(child.stderr);
  try {
    await once(child.stdout, 'data');
    const server = new URL(chain.databaseUrl);
    const name = server.pathname.slice(1);
    server.pathname = '/postgres';
    await queryDatabase(`alter database "${name}" allow_connections false`, server.href);
    await queryDatabase(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      server.href,
    );
    expect((await ended)[0]).toBe(1);
    expect(await errors).toContain('"code":"database/connection-failed"');
    expect((await runTracechainProcess(['start'], { environment })).code).toBe(2);
  } finally {
    child.kill('SIGKILL');
  }
}, 60_000);
