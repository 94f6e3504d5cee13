/** Compares the areas' declarations with the tables that their handlers use, on a chain that contains every event. */
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import { decodeBatch } from '../../../src/engine/contract/decode-batch.ts';
import { createPool, withClient } from '../../../src/db/client.ts';
import { listContracts } from '../../../src/engine/ledger/contracts.ts';
import { loadBatch } from '../../../src/engine/ledger/load-batch.ts';
import { type Devnet, startDevnet } from '../../../src/devnet/devnet.ts';
import { required } from '../../../src/primitives/errors.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { prepareBatch } from '../../../src/engine/projection/fold.ts';
import { runSync } from '../../../src/primitives/steps.ts';
import { expectDeclared, type UsedTables, watchTables } from '../../support/declared-tables.ts';
import { devnetAreas } from '../../support/devnet-areas.ts';
import { live } from '../../e2e/support/life.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';
import { chainTableNames } from '../../../src/engine/tables.ts';

const chainId = 31337;
const logger = pino({ level: 'silent' });
let devnet: Devnet;
let database: TestDatabase;

beforeAll(async () => {
  [devnet, database] = await Promise.all([
    startDevnet({ seed: 3, genesisTime: 1_790_000_000n, logger }),
    createMigratedDatabase(),
  ]);
  await live(devnet, { moreLogs: 300, coversEveryEvent: true });
  const daemon = startTestDaemon({
    databaseUrl: database.url,
    rpcUrl: devnet.anvil.rpcUrl,
    contracts: devnet.contracts,
  });
  await daemon.projected(Number(await devnet.client.getBlockNumber()));
  await daemon.stop();
}, 120_000);

afterAll(async () => {
  await devnet.anvil.stop();
  await database.drop();
});

/** The tables that each area's handlers use while the whole chain is folded. */
async function observe(): Promise<UsedTables> {
  const { watched, used } = watchTables(allProjections.projections);
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  const upTo = Number(await devnet.client.getBlockNumber());
  const { batch, contracts } = await withClient(pool, async (client) => ({
    batch: await loadBatch(client, { chainId, after: -1, upTo, maximumLogs: 1e6, maximumBlocks: 1e6 }),
    contracts: new ContractSet(await listContracts(client, chainId)),
  }));
  await pool.end();
  const decoded = decodeBatch(required(batch, 'the chain'), contracts);
  runSync(prepareBatch(decoded, watched).fold([]));
  return used;
}

it('each area writes exactly its declared tables, and reads only those and the tables of the areas that it declares', async () => {
  expectDeclared(
    devnetAreas.map(({ projection }) => projection),
    await observe(),
  );
});

it('some area declares every chain-derived table', () => {
  expect([...allProjections.tablesOf(allProjections.areas)].toSorted(byText)).toEqual(
    [...chainTableNames()].toSorted(byText),
  );
});

it('an area is replayed together with all areas that depend on it', () => {
  expect(allProjections.withDependents(['products'])).toEqual(['products', 'certificates', 'compliance']);
  expect(allProjections.withDependents(['staking'])).toEqual(['token', 'staking']);
  expect(allProjections.withDependents(['rewards'])).toEqual(['rewards']);
});

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}
