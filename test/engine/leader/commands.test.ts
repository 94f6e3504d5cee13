/** Commands that write: executed by the leader if there is one, otherwise by a command line that leads for their duration. */
import { Client } from 'pg';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPool, withTransaction } from '../../../src/db/client.ts';
import { claimCommand, requestCommand } from '../../../src/engine/leader/command-records.ts';
import { TraceChainError } from '../../../src/primitives/errors.ts';
import { sleep } from '../../../src/primitives/time.ts';
import type { StartJobs } from '../../../src/engine/daemon/daemon.ts';
import {
  type Command,
  type ExecutionContext,
  leaderCommand,
} from '../../../src/engine/leader/commands/command.ts';
import { runCommand, type RunOptions } from '../../../src/engine/leader/commands/run-command.ts';
import { startCommands } from '../../../src/engine/leader/commands/executor.ts';
import { defaultLeadershipTimes, newInstance, acquireLease } from '../../../src/engine/leader/leadership.ts';
import { followChain } from '../../support/followed-chain.ts';

const chainId = 31337;
const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
const chain = followChain();
const never = new AbortController().signal;

type Work = (context: ExecutionContext) => Promise<number>;

/** A command with a behaviour that the test defines. It returns a number. */
function commandThat(work: Work): Command<{ readonly note: string }, number> {
  return {
    name: 'test',
    input: z.object({ note: z.string() }),
    result: z.number(),
    execute: async (_, context) => await work(context),
  };
}

function jobsOf(command: Command<{ readonly note: string }, number>): StartJobs {
  return async (jobs) => await startCommands([leaderCommand(command)], jobs);
}

function options(overrides: Partial<RunOptions> = {}): RunOptions {
  return {
    databaseUrl: chain.databaseUrl,
    chainId,
    nodes: () => {
      throw new Error('no test asks a node');
    },
    logger,
    signal: never,
    onProgress: () => undefined,
    ...overrides,
  };
}

const run = async (work: Work, overrides: Partial<RunOptions> = {}): Promise<number> =>
  await runCommand(commandThat(work), { note: 'here' }, options(overrides));

const rowsOf = async () =>
  await chain.query<{ outcome: string | null; name: string }>(
    'select name, outcome from ledger.commands order by requested_at',
  );

async function leaderEpoch(): Promise<number> {
  const [row] = await chain.query<{ epoch: number }>('select epoch::float8 from ledger.leaders');
  return row?.epoch ?? 0;
}

/** Writes a row, and leaves the transaction open until it is stopped. */
async function writeForEver({ pool, lease, signal, report }: ExecutionContext): Promise<number> {
  return await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await client.query(`insert into ledger.settings values ('half', '1')`);
    report({ step: 'written' });
    await sleep(60_000, signal);
    return 1;
  });
}

/** The same, but it waits in the database, so terminating its session ends it. */
async function waitForDatabase({ pool, lease, report }: ExecutionContext): Promise<number> {
  return await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await client.query(`insert into ledger.settings values ('half', '1')`);
    report({ step: 'written' });
    await client.query('select pg_sleep(60)');
    return 1;
  });
}

const halves = async () => await chain.query(`select from ledger.settings where key = 'half'`);

describe('without a daemon', () => {
  it('the command line leads during the command and then releases the lease', async () => {
    expect(await run(async ({ lease }) => await Promise.resolve(lease.epoch))).toBe(1);
    expect(await run(async ({ lease }) => await Promise.resolve(lease.epoch))).toBe(2);
    expect(await rowsOf()).toEqual([
      { name: 'test', outcome: 'succeeded' },
      { name: 'test', outcome: 'succeeded' },
    ]);
  });

  it('a daemon started during the command stands by and leads afterwards', async () => {
    const block = await chain.register('LOT-1');
    const first = chain.start();
    await first.projected(block);
    await first.stop();
    const going = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<number>();
    const command = run(async ({ lease, signal }) => {
      begun.resolve(lease.epoch);
      await going.promise;
      signal.throwIfAborted();
      return lease.epoch;
    });
    const epoch = await begun.promise;
    const daemon = chain.start();
    const next = await chain.register('LOT-2');
    await daemon.standsBy();
    expect(await leaderEpoch()).toBe(epoch);
    going.resolve();
    expect(await command).toBe(epoch);
    await daemon.projected(next);
    expect(await leaderEpoch()).toBe(epoch + 1);
  });

  it('the command line reports that another process has taken over its lease', async () => {
    const pool = createPool({
      connectionString: chain.databaseUrl,
      applicationName: 'test',
      onConnectionError: () => undefined,
    });
    const over = new AbortController();
    const taken: Promise<unknown>[] = [];
    try {
      const impatient = { heartbeatMs: 20, staleAfterMs: 0, confirmMs: 0 };
      const takeOver = async () =>
        await acquireLease(pool, {
          chainId,
          instance: newInstance(),
          times: impatient,
          logger,
          signal: over.signal,
        });
      const command = run(waitForDatabase, { onProgress: () => taken.push(takeOver()) });
      await expect(command).rejects.toMatchObject({ code: 'sync/command-interrupted' });
      await Promise.all(taken);
      expect(await halves()).toEqual([]);
      expect(await rowsOf()).toEqual([{ name: 'test', outcome: 'interrupted' }]);
    } finally {
      over.abort();
      await Promise.allSettled(taken);
      await pool.end();
    }
  });

  it('two command lines run one after the other', async () => {
    let runSync = 0;
    const work: Work = async () => {
      runSync += 1;
      await sleep(300);
      const seen = runSync;
      runSync -= 1;
      return seen;
    };
    expect(await Promise.all([run(work), run(work)])).toEqual([1, 1]);
  });
});

describe('with a daemon', () => {
  it('the leader executes the command between two batches', async () => {
    let isExclusive = false;
    const registered: number[] = [];
    const command = commandThat(async ({ betweenBatches, lease, pool }) => {
      await betweenBatches(async () => {
        isExclusive = true;
        const before = await pool.query(
          `select block_number from ledger.cursors where stream = 'projection'`,
        );
        registered.push(await chain.register('LOT-2'));
        await sleep(700);
        const after = await pool.query(`select block_number from ledger.cursors where stream = 'projection'`);
        expect(after.rows).toEqual(before.rows);
      });
      return lease.epoch;
    });
    const daemon = chain.start({ startJobs: jobsOf(command) });
    await daemon.projected(await chain.register('LOT-1'));
    const epoch = await leaderEpoch();
    expect(await runCommand(command, { note: 'here' }, options())).toBe(epoch);
    expect(isExclusive).toBe(true);
    expect(await leaderEpoch()).toBe(epoch);
    await daemon.projected(registered[0] ?? Infinity);
  });

  it('progress and the error are passed on unchanged', async () => {
    const steps: string[] = [];
    const told = Promise.withResolvers<void>();
    const daemon = chain.start({
      startJobs: jobsOf(
        commandThat(async ({ report }) => {
          report({ step: 'trying', done: 1, total: 2 });
          // The last progress report may be lost once the command has failed.
          await told.promise;
          throw new TraceChainError('it can’t be', {
            code: 'test/refused',
            fix: 'Try another.',
            place: { chainId, blockNumber: 7 },
          });
        }),
      ),
    });
    await daemon.projected(await chain.head());
    await expect(
      run(async () => await Promise.reject(new Error('not here')), {
        onProgress({ step, done, total }) {
          steps.push(`${step} ${done}/${total}`);
          told.resolve();
        },
      }),
    ).rejects.toMatchObject({
      name: 'TraceChainError',
      message: 'it can’t be',
      code: 'test/refused',
      fix: 'Try another.',
      place: { chainId, blockNumber: 7 },
    });
    expect(steps).toEqual(['trying 1/2']);
  });

  it('an unknown command is refused', async () => {
    const daemon = chain.start({ startJobs: async (jobs) => await startCommands([], jobs) });
    await daemon.projected(await chain.head());
    await expect(run(async () => await Promise.resolve(1))).rejects.toMatchObject({
      code: 'sync/unknown-command',
    });
  });

  it('the input of another version is refused', async () => {
    const daemon = chain.start({ startJobs: jobsOf(commandThat(async () => await Promise.resolve(1))) });
    await daemon.projected(await chain.head());
    const other: Command<{ readonly other: number }, number> = {
      ...commandThat(async () => await Promise.resolve(1)),
      input: z.object({ other: z.int() }),
      execute: async () => await Promise.resolve(1),
    };
    await expect(runCommand(other, { other: 1 }, options())).rejects.toMatchObject({
      code: 'sync/command-input',
    });
  });
});

describe('an unfinished command', () => {
  it.each(['with', 'without'])('a cancelled command is rolled back, %s a daemon', async (mode) => {
    if (mode === 'with') {
      const daemon = chain.start({ startJobs: jobsOf(commandThat(writeForEver)) });
      await daemon.projected(await chain.head());
    }
    const interrupt = new AbortController();
    const command = run(writeForEver, {
      signal: interrupt.signal,
      onProgress: () => interrupt.abort(),
    });
    await expect(command).rejects.toMatchObject({ code: 'sync/command-cancelled' });
    expect(await halves()).toEqual([]);
    expect(await rowsOf()).toEqual([{ name: 'test', outcome: 'cancelled' }]);
  });

  it('a command is rolled back when the daemon stops, and the command line reports it', async () => {
    const daemon = chain.start({ startJobs: jobsOf(commandThat(writeForEver)) });
    await daemon.projected(await chain.head());
    const stopped: Promise<void>[] = [];
    const command = run(writeForEver, { onProgress: () => stopped.push(daemon.stop()) });
    await expect(command).rejects.toMatchObject({ code: 'sync/command-interrupted' });
    await Promise.all(stopped);
    expect(await halves()).toEqual([]);
  });

  it('the death of the leader is reported, and the next leader closes the command', async () => {
    const pool = createPool({
      connectionString: chain.databaseUrl,
      applicationName: 'test',
      onConnectionError: () => undefined,
    });
    const waiting: Promise<unknown>[] = [];
    try {
      const lease = await acquireLease(pool, {
        chainId,
        instance: newInstance(),
        times: defaultLeadershipTimes,
        logger,
        signal: never,
      });
      const command = run(async () => await Promise.resolve(1));
      waiting.push(command);
      // It sends no further heartbeat, so the heartbeat becomes stale.
      await expect
        .poll(async () => await claimCommand(await dedicated(), { chainId, epoch: lease.epoch }))
        .not.toBeNull();
      await expect(command).rejects.toMatchObject({ code: 'sync/command-interrupted' });
      expect(await run(async () => await Promise.resolve(2))).toBe(2);
      expect(await rowsOf()).toEqual([
        { name: 'test', outcome: 'interrupted' },
        { name: 'test', outcome: 'succeeded' },
      ]);
    } finally {
      await Promise.allSettled(waiting);
      await closeDedicated();
      await pool.end();
    }
  });

  it('a command whose command line has ended is not started', async () => {
    const client = await dedicated();
    await requestCommand(client, { chainId, name: 'test', input: { note: '' }, requestedBy: '1@here' });
    await client.query(`update ledger.commands set awaited_at = now() - interval '1 minute'`);
    expect(await claimCommand(client, { chainId, epoch: 1 })).toBeNull();
    await closeDedicated();
  });
});

let client: Client | null = null;

async function dedicated(): Promise<Client> {
  if (client === null) {
    client = new Client({ connectionString: chain.databaseUrl });
    await client.connect();
  }
  return client;
}

async function closeDedicated(): Promise<void> {
  await client?.end();
  client = null;
}
