/**
 * A replay while the daemon follows a head with fifty events per second. Concurrent readers see the rows of whole blocks, projected either
 * by the old code or by the new, and the daemon reaches the head again soon afterwards.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { encodeFunctionData, parseEther } from 'viem';
import { traceTokenAbi } from '../../../abis/index.ts';
import { createPool } from '../../../src/db/client.ts';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { digestChain } from '../../../src/engine/store/digest.ts';
import type { ReplayResult } from '../../../src/engine/replay/replay.ts';
import { leaderCommand } from '../../../src/engine/leader/commands/command.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { startCommands } from '../../../src/engine/leader/commands/executor.ts';
import { deployer, FollowedChain } from '../../support/followed-chain.ts';
import { withChangedInserts } from './variants.ts';

const chainId = 31337;
const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
const eventsPerBlock = 50;
const blockMs = 1_000;
/** A busy machine may take long. */
const patienceMs = 180_000;
const receiver = '0x00000000000000000000000000000000000000aa';

const chain = new FollowedChain();

beforeAll(async () => await chain.open(), 60_000);
afterAll(async () => await chain.close());
beforeEach(async () => {
  await chain.begin();
  return async () => await chain.end();
});

/** Every movement's row shows which code projected it. */
const changed = withChangedInserts('token', 'traceTokenTransactions', (values) => ({
  ...values,
  metadata: { folded: 'anew' },
}));

async function mineTransfers(): Promise<void> {
  const data = encodeFunctionData({
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [receiver, parseEther('1')],
  });
  const transaction = { from: deployer.address, to: chain.addresses.traceToken, data, gas: '0x30d40' };
  for (let sent = 0; sent < eventsPerBlock; sent++) await chain.node('eth_sendTransaction', transaction);
  await chain.node('evm_mine');
}

/** Mines one block per second until the signal is aborted. Returns the number of blocks. */
async function load(signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  let blocks = 0;
  while (!signal.aborted) {
    await mineTransfers();
    blocks += 1;
    await delay(Math.max(0, startedAt + blocks * blockMs - performance.now()));
  }
  return blocks;
}

interface Seen {
  /** Which code projected the rows from before the load: the old, the new, or both. */
  readonly fold: 'old' | 'new' | 'half';
  /** The last projected block. */
  readonly reached: number;
  readonly lateRows: number;
  /** The total of all balances minus the minted amount, or null if either is missing. */
  readonly imbalance: string | null;
}

/** The result of one statement, and therefore of one snapshot. */
async function look(client: Client, loadedAfter: number): Promise<Seen> {
  const { rows } = await client.query<Seen>(
    `select (select case when bool_and(metadata ->> 'folded' is not null) then 'new'
                         when bool_or(metadata ->> 'folded' is not null) then 'half' else 'old' end
             from trace_token_transactions where block_number <= $1) as fold,
            (select block_number::float8 from ledger.cursors where stream = 'projection') as reached,
            (select count(*)::float8 from trace_token_transactions where block_number > $1) as "lateRows",
            (select (sum(balance) - (select sum(amount) from trace_token_transactions where from_address is null
                                     or from_address = '0x0000000000000000000000000000000000000000'))::text
             from token_balances) as imbalance`,
    [loadedAfter],
  );
  const [seen] = rows;
  if (seen === undefined) throw new Error('a query of aggregates has one row');
  return seen;
}

async function replay(): Promise<ReplayResult> {
  return await runCommand(
    replayCommand(changed),
    { from: null, only: 'token', stale: false, dryRun: false },
    {
      databaseUrl: chain.databaseUrl,
      chainId,
      nodes: () => {
        throw new Error('a replay asks no node');
      },
      logger,
      signal: AbortSignal.timeout(patienceMs),
      onProgress: () => undefined,
    },
  );
}

async function digestOf(connectionString: string): Promise<string> {
  const onConnectionError = () => undefined;
  const pool = createPool({ connectionString, applicationName: 'test', onConnectionError });
  try {
    return (await digestChain(pool, chainId)).sha256;
  } finally {
    await pool.end();
  }
}

it(
  'readers see only whole blocks, the daemon catches up with the head, and the rows equal those of a fold from the beginning',
  async () => {
    await chain.node('evm_setAutomine', false);
    for (let block = 0; block < 10; block++) await mineTransfers();
    const history = await chain.mine(6);
    const before = chain.start();
    await before.projected(history);
    await before.stop();

    const daemon = chain.start({
      projections: changed,
      startJobs: async (jobs) => await startCommands([leaderCommand(replayCommand(changed))], jobs),
    });
    const [stopLoad, stopReading] = [new AbortController(), new AbortController()];
    const loading = load(stopLoad.signal);
    const seen: Seen[] = [];
    const reader = new Client({ connectionString: chain.databaseUrl });
    await reader.connect();
    const reading = (async () => {
      while (!stopReading.signal.aborted) {
        seen.push(await look(reader, history));
        // The replay gets a fair share of the machine, not all of it.
        await delay(10);
      }
    })();
    const replays: ReplayResult[] = [];
    try {
      await daemon.projected(history + 2);
      replays.push(await replay());
      // Restores the values of the old code without the indexer's knowledge, so that the next replay has as much work again.
      await chain.query(
        `update trace_token_transactions set metadata = null where block_number <= ${history}`,
      );
      replays.push(await replay());
      await daemon.projected((await chain.head()) + 1);
    } finally {
      stopLoad.abort();
      await loading;
    }
    const head = await chain.head();
    const stoppedAt = performance.now();
    await daemon.projected(head);
    const lagMs = performance.now() - stoppedAt;
    stopReading.abort();
    await reading;
    await reader.end();

    expect(replays.map(({ differences }) => differences.map(({ table }) => table))).toEqual([
      ['trace_token_transactions'],
      ['trace_token_transactions'],
    ]);
    expect(new Set(seen.map(({ fold }) => fold))).toEqual(new Set(['old', 'new']));
    const torn = seen.filter(
      ({ reached, lateRows, imbalance }) =>
        lateRows !== Math.max(0, reached - history) * eventsPerBlock || Number(imbalance ?? Number.NaN) !== 0,
    );
    expect(torn).toEqual([]);
    const reached = seen.map((one) => one.reached);
    expect(reached).toEqual(reached.toSorted((left, right) => left - right));
    expect(lagMs).toBeLessThan(2 * blockMs);

    const rows = await digestOf(chain.databaseUrl);
    await daemon.stop();
    const fresh = await chain.anotherDatabase();
    const folding = chain.start({ databaseUrl: fresh, projections: changed });
    await folding.projected(head);
    expect(rows).toBe(await digestOf(fresh));
  },
  patienceMs,
);
