/**
 * Contracts that are added after others have been indexed for a while: their past is backfilled into the ledger, and a replay creates its
 * rows.
 */
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import type { ReplayResult } from '../../../src/engine/replay/replay.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { fixtureContracts } from '../../support/daemon.ts';
import { followChain } from '../../support/followed-chain.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();

async function replayStale(): Promise<ReplayResult> {
  return await runCommand(
    replayCommand(allProjections),
    { from: null, only: null, stale: true, dryRun: false },
    {
      databaseUrl: chain.databaseUrl,
      chainId: 31337,
      nodes: () => {
        throw new Error('a replay asks no node');
      },
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
}

it('the rows of an added contract equal those of a database that had it from the beginning', async () => {
  await chain.register('LOT-1');
  await chain.register('LOT-2');
  const all = fixtureContracts(chain.addresses);
  const late = ['ProductRegistry', 'TraceToken'];
  const first = chain.start({ contracts: all.filter(({ kind }) => !late.includes(kind)) });
  await first.projected(await chain.mine(8));
  // Blocks that are not final yet contain a part of the past as well.
  await first.projected(await chain.register('LOT-3'));
  await first.stop();

  const daemon = chain.start({ contracts: all });
  const end = await chain.mine(1);
  await daemon.projected(end);
  await daemon.stop();
  expect(
    await chain.query(`select area from ledger.projection_versions where stale_from is not null`),
  ).not.toEqual([]);
  const result = await replayStale();
  expect(result.areas).toContain('products');

  const fresh = await chain.anotherDatabase();
  const other = chain.start({ databaseUrl: fresh, contracts: all });
  await other.projected(end);
  const contents = await chainTableContents(chain.databaseUrl);
  expect(contents['products']).toHaveLength(3);
  expect(contents).toEqual(await chainTableContents(fresh));
  expect(await chain.query(`select from ledger.quarantine where resolved_at is null`)).toEqual([]);
  expect(await replayStale()).toMatchObject({ areas: [] });
});

it('an added contract that starts before the ledger is refused', async () => {
  const all = fixtureContracts(chain.addresses);
  const created = await Promise.all(
    all.map(async (contract) => ({ ...contract, startBlock: await creationBlock(contract.address) })),
  );
  const [earliest, ...rest] = created.toSorted((left, right) => left.startBlock - right.startBlock);
  if (earliest === undefined) throw new Error('there is no contract');
  const others = rest.filter(({ startBlock }) => startBlock > earliest.startBlock);
  const first = chain.start({ contracts: others });
  await first.projected(await chain.head());
  await first.stop();
  const daemon = chain.start({ contracts: [...others, earliest] });
  await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/contract-late' });
});

async function creationBlock(address: string): Promise<number> {
  for (let number = 0; ; number++) {
    if ((await chain.node('eth_getCode', address, `0x${number.toString(16)}`)) !== '0x') return number;
  }
}
