/** A projection has changed and its version is raised, while the daemon still runs the old code. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { leaderCommand } from '../../../src/engine/leader/commands/command.ts';
import { startCommands } from '../../../src/engine/leader/commands/executor.ts';
import { runTracechainProcess } from '../../cli/run.ts';
import { followChain } from '../../support/followed-chain.ts';

const chain = followChain();
const newer = ['--import', fileURLToPath(new URL('changed-products.ts', import.meta.url))];

async function replay(words: readonly string[], nodeArguments: readonly string[] = []) {
  return await runTracechainProcess(['replay', ...words], {
    environment: { DATABASE_URL: chain.databaseUrl },
    nodeArguments,
  });
}

const startDaemon = () =>
  chain.start({
    startJobs: async (jobs) => await startCommands([leaderCommand(replayCommand(allProjections))], jobs),
  });

const versions = async () =>
  await chain.query('select area, version, stale_from from ledger.projection_versions order by area');

const names = async () =>
  (await chain.query<{ name: string }>('select product_name as name from products order by 1')).map(
    ({ name }) => name,
  );

test('a dry run uses the command’s own code, names the versions, and stores nothing', async () => {
  const daemon = startDaemon();
  await chain.register('A');
  await daemon.projected(await chain.mine(6));
  // One product whose block is not final yet.
  await daemon.projected(await chain.register('B'));
  const before = await versions();

  const own = await replay(['--dry-run']);
  expect(own).toMatchObject({ code: 0 });
  expect(own.output).toContain('nothing differs');
  expect(own.output).toContain('have the versions that made the rows');

  const dry = await replay(['--dry-run'], newer);
  expect(dry).toMatchObject({ code: 1 });
  expect(dry.output).toContain('products: version 2 here, version 1 in the daemon, version 1 of the rows');
  expect(dry.output).toMatch(/product_name .*"Arabica" .*"Renamed"/);
  expect(dry.output).toContain('1 rows of blocks that are not final yet');
  expect(dry.output).toContain('Nothing was changed.');

  const stale = await replay(['--dry-run', '--stale', '--json'], newer);
  expect(stale).toMatchObject({ code: 1 });
  expect(JSON.parse(stale.output)).toMatchObject({
    areas: expect.arrayContaining(['products']),
    generation: null,
    versions: expect.arrayContaining([
      { area: 'products', command: 2, daemon: 1, stored: 1, staleFrom: null },
    ]),
  });

  expect(await versions()).toEqual(before);
  expect(await chain.query('select from ledger.commands')).toEqual([]);
  await daemon.projected(await chain.register('C'));
  expect(await names()).toEqual(['Arabica', 'Arabica', 'Arabica']);
});

test('a replay by a daemon with other code than the command’s is refused, with both versions', async () => {
  const daemon = startDaemon();
  await chain.register('A');
  await daemon.projected(await chain.mine(6));
  const refused = await replay(['--yes'], newer);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.errors).toContain('products (version 2 in the command, version 1 in the daemon)');
  expect(await names()).toEqual(['Arabica']);

  await daemon.stop();
  const alone = await replay(['--dry-run'], newer);
  expect(alone.output).toContain('products: version 2 here, no daemon runs, version 1 of the rows');
  expect(await replay(['--yes'], newer)).toMatchObject({ code: 0 });
  expect(await names()).toEqual(['Renamed']);
});
