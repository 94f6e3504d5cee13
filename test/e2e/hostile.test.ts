/** Contracts that say anything: the daemon goes on, and every log ends as a row, in the quarantine, or as an unknown topic. */
import { Client } from 'pg';
import { concat, encodeFunctionData, pad, toEventSelector } from 'viem';
import type { Abi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectFixtureClients, deployFixture, installMulticall3 } from '../../contracts-fixtures/deploy.ts';
import { hostileEmitterAbi } from '../../contracts-fixtures/hostile-emitter.ts';
import { connectDevnetClient } from '../../src/devnet/activity/runner.ts';
import type { DevnetClient } from '../../src/devnet/activity/runner.ts';
import type { AnvilServer } from '../../src/devnet/anvil.ts';
import type { Address } from '../../src/primitives/hex.ts';
import type { ConfiguredContract } from '../../src/engine/settings.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { startTestDaemon } from '../support/daemon.ts';
import type { TestDaemon } from '../support/daemon.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { abis, known } from './oracle/history.ts';
import type { Kind } from './oracle/history.ts';
import { answerKinds, hostileAnswers, hostileLogs, unknownLogs } from './support/hostile-logs.ts';
import type { AnswerKind, RawLog } from './support/hostile-logs.ts';
import { publicTables } from './support/settled.ts';

const deployer = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');

/** Wide, so that an emission's arguments are data. */
const emitterAbi: Abi = hostileEmitterAbi;

/** A longer answer is kept as oversized; small, because an emitter's answers are paid for by the byte. */
const maximumReadBytes = 5_000;

let anvil: AnvilServer;
let database: TestDatabase;
let client: DevnetClient;
let daemon: TestDaemon;
let emittedLogs = 0;
/** One emitter imitates each kind of contract. */
const emitters = new Map<Kind, Address>();

beforeAll(async () => {
  [anvil, database] = await Promise.all([
    startTestAnvil({ extraArguments: ['--hardfork', 'cancun', '--gas-limit', '30000000000'] }),
    createMigratedDatabase(),
  ]);
  const clients = await connectFixtureClients(anvil.rpcUrl, deployer);
  client = connectDevnetClient(anvil.rpcUrl);
  await installMulticall3(anvil.rpcUrl);
  for (const kind of Object.keys(abis) as Kind[]) {
    emitters.set(kind, await deployFixture(clients, 'HostileEmitter', hostileEmitterAbi, []));
  }
  await client.setAutomine(false);
  const registry = emitterOf('ProductRegistry');
  const contracts = [...emitters].map(([kind, address]): ConfiguredContract => {
    if (kind === 'NFTFactory') return { kind, address, startBlock: 0, childRegistry: registry };
    const isOfProducts = ['NFTCertificate', 'PaymentContract', 'ComplianceContract'].includes(kind);
    return { kind, address, startBlock: 0, ...(isOfProducts ? { registry } : {}) };
  });
  daemon = startTestDaemon({
    databaseUrl: database.url,
    rpcUrl: anvil.rpcUrl,
    contracts,
    overrides: { ingest: { maximumReadBytes } },
  });
});

afterAll(async () => {
  await daemon.stop();
  await anvil.stop();
  await database.drop();
});

function emitterOf(kind: Kind): Address {
  return known(emitters.get(kind));
}

interface Emission {
  readonly address: Address;
  readonly functionName: 'emitLogs' | 'setAnswer';
  readonly args: readonly unknown[];
}

function emission(kind: Kind, logs: readonly RawLog[]): Emission {
  const args = [logs.map(({ topics, data }) => ({ topics, data }))];
  return { address: emitterOf(kind), functionName: 'emitLogs', args };
}

/** Enough for a megabyte of log, and for its calldata. */
const emissionGas = 1_000_000_000n;

/** One transaction each, all in one block; returns its number. */
async function mineBlock(emissions: readonly Emission[]): Promise<number> {
  const account = deployer.address;
  const first = await client.getTransactionCount({ address: account });
  const hashes = await Promise.all(
    emissions.map(({ address: to, functionName, args }, index) => {
      const data = encodeFunctionData({ abi: emitterAbi, functionName, args });
      return client.sendTransaction({
        account,
        to,
        data,
        gas: emissionGas,
        nonce: first + index,
        chain: null,
      });
    }),
  );
  await client.mine({ blocks: 1 });
  const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })));
  if (receipts.some(({ status }) => status !== 'success')) throw new Error('an emission failed');
  emittedLogs += receipts.reduce((sum, { logs }) => sum + logs.length, 0);
  return Number(known(receipts[0]).blockNumber);
}

async function query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const session = new Client({ connectionString: database.url });
  await session.connect();
  try {
    return (await session.query<Row>(text, [...values])).rows;
  } finally {
    await session.end();
  }
}

/** What became of a log, with the rows that name it as the one that made or changed them. */
interface Fate {
  readonly block: number;
  readonly index: number;
  readonly isQuarantined: boolean;
  readonly isKnown: boolean;
}

async function fatesFrom(block: number): Promise<Fate[]> {
  const touched = publicTables.map(
    (table) => `select block_number, log_index from "${table}"
                union all select changed_block_number, changed_log_index from "${table}"`,
  );
  return await query<Fate>(
    `with touched as (select distinct block_number, log_index from (${touched.join(' union all ')}) as named)
     select log.block_number::int as block, log.log_index as index,
            exists (select from ledger.quarantine one
                    where one.block_number = log.block_number and one.log_index = log.log_index) as "isQuarantined",
            exists (select from touched
                    where touched.block_number = log.block_number and touched.log_index = log.log_index)
            or exists (select from ledger.journal entry
                       where entry.block_number = log.block_number and entry.log_index = log.log_index) as "isKnown"
     from ledger.logs log where log.block_number >= $1 order by 1, 2`,
    [block],
  );
}

async function expectGoingOn(): Promise<void> {
  expect(await query('select * from ledger.parked')).toEqual([]);
  expect(await query('select reason from ledger.quarantine where length(reason) = 0')).toEqual([]);
  expect(await query('select count(*)::int as logs from ledger.logs')).toEqual([{ logs: emittedLogs }]);
}

/** Events that change nothing where there is nothing to change, and are kept in the ledger alone. */
const mayChangeNothing = [
  'Approval',
  'ApprovalForAll',
  // The check that it concludes says what there is to say.
  'ProductCompliant',
  // Closes what is open, and nothing is.
  'RewardsClaimed',
];

test('every event, one of a contract in a block, with arguments and bytes of every kind', async () => {
  const kinds = Object.keys(abis) as Kind[];
  const queues = kinds.map((kind) => hostileLogs(abis[kind]).map((log) => ({ kind, ...log })));
  const placed = new Map<string, string>();
  let block = 0;
  // A row's provenance tells its last log in a block only, so no two logs of one contract share one.
  for (let round = 0; queues.some((queue) => round < queue.length); round++) {
    const logs = queues.flatMap((queue) => queue[round] ?? []);
    block = await mineBlock(logs.map(({ kind, ...log }) => emission(kind, [log])));
    for (const [index, { kind, name }] of logs.entries()) placed.set(`${block} ${index}`, `${kind}.${name}`);
  }
  await daemon.projected(block);
  const fates = new Map((await fatesFrom(0)).map((fate) => [`${fate.block} ${fate.index}`, fate]));
  const vanished = [...placed].filter(([place, name]) => {
    const { isQuarantined, isKnown } = known(fates.get(place));
    return !isQuarantined && !isKnown && !mayChangeNothing.some((event) => name.includes(`.${event},`));
  });
  expect(vanished.map(([, name]) => name)).toEqual([]);
  await expectGoingOn();
});

test.each(answerKinds)('all events in one block, of contracts whose answers are %s', async (answers) => {
  const kinds = Object.keys(abis) as Kind[];
  await mineBlock(kinds.flatMap((kind) => setAnswers(kind, answers)));
  const block = await mineBlock(kinds.map((kind) => emission(kind, hostileLogs(abis[kind]))));
  // Once more: whatever is there by now is there already.
  await mineBlock(kinds.map((kind) => emission(kind, hostileLogs(abis[kind]).toReversed())));
  await daemon.projected(block + 1);
  await expectGoingOn();
});

test('what such contracts answered is in the rows, and marked where it can’t be shown', async () => {
  const [marked] = await query<{ products: number }>(
    `select count(*)::int as products from products where 'manufacture_date' = any(inexact_columns)`,
  );
  expect(known(marked).products).toBeGreaterThan(0);
  const [texts] = await query<{ nul: boolean; markup: boolean }>(
    `select bool_or(metadata_uri like '%' || chr(65533) || '%') as nul, bool_or(metadata_uri like '%<script>%') as markup
     from nft_certificates`,
  );
  expect(texts).toEqual({ nul: true, markup: true });
});

function setAnswers(kind: Kind, answers: AnswerKind): Emission[] {
  return hostileAnswers(abis[kind], answers, maximumReadBytes + 1).map(({ call, returnData }) => ({
    address: emitterOf(kind),
    functionName: 'setAnswer',
    args: [call, returnData],
  }));
}

test('logs that no ABI knows are kept and counted', async () => {
  const kinds = Object.keys(abis) as Kind[];
  const block = await mineBlock(kinds.map((kind) => emission(kind, unknownLogs)));
  await daemon.projected(block);
  expect(
    await query('select count(*)::int as kept from ledger.logs where block_number = $1', [block]),
  ).toEqual([{ kept: kinds.length * unknownLogs.length }]);
  expect(await query('select coalesce(sum(count), 0)::int as counted from ledger.unknown_topics')).toEqual([
    { counted: kinds.length * unknownLogs.length },
  ]);
  await expectGoingOn();
});

test('a text of a megabyte is kept whole', async () => {
  const bytes = 1_000_000;
  const data = concat([
    pad('0x20'),
    pad(`0x${bytes.toString(16).padStart(6, '0')}`),
    `0x${'61'.repeat(bytes)}`,
  ]);
  const padded = concat([data, `0x${'00'.repeat(32 - (bytes % 32 || 32))}`]);
  const topics = [toEventSelector('CertificateInvalidated(uint256,string)'), pad('0x01')] as const;
  const category = [toEventSelector('RewardAccrued(address,uint256,string)'), pad('0x5a')] as const;
  const accrued = concat([
    pad('0x01'),
    pad('0x40'),
    pad(`0x${bytes.toString(16).padStart(6, '0')}`),
    `0x${'62'.repeat(bytes)}`,
  ]);
  const block = await mineBlock([
    emission('NFTCertificate', [{ topics, data: padded }]),
    emission('RewardsDistributor', [{ topics: category, data: accrued }]),
  ]);
  await daemon.projected(block);
  expect(
    await query('select length(points_type) as length from trace_points where block_number = $1', [block]),
  ).toEqual([{ length: bytes }]);
  await expectGoingOn();
});

test('money from nowhere, more of it than there can be, ends in the quarantine once the column is full', async () => {
  const transfer = {
    topics: [toEventSelector('Transfer(address,address,uint256)'), pad('0x01'), pad('0x02')] as const,
    data: `0x${'ff'.repeat(32)}` as const,
  };
  const block = await mineBlock([
    emission(
      'TraceToken',
      Array.from({ length: 20 }, () => transfer),
    ),
  ]);
  await daemon.projected(block);
  const fates = await fatesFrom(block);
  expect(fates).toHaveLength(20);
  expect(fates.filter(({ isQuarantined }) => isQuarantined).length).toBeGreaterThan(5);
  expect(fates.filter(({ isQuarantined, isKnown }) => !isQuarantined && !isKnown)).toEqual([]);
  await expectGoingOn();
});
