/** The rows as of earlier blocks after reorgs, falsified rows and replays. As of every block they equal those of a clean fold. */
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPool } from '../../../src/db/client.ts';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { digestChain } from '../../../src/engine/store/digest.ts';
import { leaderCommand } from '../../../src/engine/leader/commands/command.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { startCommands } from '../../../src/engine/leader/commands/executor.ts';
import { FollowedChain } from '../../support/followed-chain.ts';
import { runs } from '../../support/runs.ts';

const chainId = 31337;
const chain = new FollowedChain();

beforeAll(async () => await chain.open(), 60_000);
afterAll(async () => await chain.close());
beforeEach(async () => {
  await chain.begin();
  return async () => await chain.end();
});

/** Registers some products, replaces some blocks, or falsifies a row and replays the ledger from a position in the chain. */
type Step = { readonly register: number } | { readonly reorg: number } | { readonly replayFrom: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ register: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ reorg: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ replayFrom: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);

const histories = fc.sample(fc.array(step, { minLength: 5, maxLength: 8 }), {
  numRuns: runs(3, 10),
  seed: 20,
});

async function replay(from: number): Promise<void> {
  await runCommand(
    replayCommand(allProjections),
    { from, only: null, stale: false, dryRun: false },
    {
      databaseUrl: chain.databaseUrl,
      chainId,
      nodes: () => {
        throw new Error('a replay asks no node');
      },
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(30_000),
      onProgress: () => undefined,
    },
  );
}

/** The digest as of every block of a range. */
async function pastOf(connectionString: string, from: number, to: number): Promise<string[]> {
  const onConnectionError = () => undefined;
  const pool = createPool({ connectionString, applicationName: 'test', onConnectionError });
  try {
    const past: string[] = [];
    for (let at = from; at <= to; at++) past.push((await digestChain(pool, chainId, at)).sha256);
    return past;
  } finally {
    await pool.end();
  }
}

it.each(histories)(
  'as of any block the rows equal those of a clean fold up to it (%#)',
  async (...steps) => {
    const first = await chain.register('B-0');
    const daemon = chain.start({
      startJobs: async (jobs) => await startCommands([leaderCommand(replayCommand(allProjections))], jobs),
    });
    let made = 0;
    for (const taken of [{ register: 2 }, ...steps]) {
      if ('register' in taken)
        for (let count = 0; count < taken.register; count++) await chain.register(`B-${(made += 1)}`);
      else if ('reorg' in taken) await chain.node('anvil_reorg', taken.reorg, []);
      else {
        await chain.query(
          `update products set product_name = 'Falsified' where id = (select id from products order by md5(id::text || ${made}) limit 1)`,
        );
        await replay(Math.round(first + taken.replayFrom * ((await chain.head()) - first)));
        // A partial replay does not correct earlier blocks; only a replay of everything does.
        await replay(0);
      }
      await daemon.projected(await chain.mine(1));
    }
    const head = await chain.head();
    await daemon.stop();
    const fresh = await chain.anotherDatabase();
    const clean = chain.start({ databaseUrl: fresh });
    await clean.projected(head);
    await clean.stop();
    expect(await pastOf(chain.databaseUrl, first, head)).toEqual(await pastOf(fresh, first, head));
  },
  60_000,
);
