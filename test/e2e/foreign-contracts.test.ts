/** A chain of other contracts with the same interface: what the daemon keeps is what they answer, not what the fixtures would. */
import { encodeFunctionData } from 'viem';
import type { Abi, Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectFixtureClients, installMulticall3 } from '../../contracts-fixtures/deploy.ts';
import type { FixtureClients } from '../../contracts-fixtures/deploy.ts';
import { connectDevnetClient } from '../../src/devnet/activity/runner.ts';
import type { DevnetClient } from '../../src/devnet/activity/runner.ts';
import type { AnvilServer } from '../../src/devnet/anvil.ts';
import { toAddress } from '../../src/primitives/hex.ts';
import type { Address } from '../../src/primitives/hex.ts';
import type { ConfiguredContract } from '../../src/engine/settings.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { startTestDaemon } from '../support/daemon.ts';
import type { TestDaemon } from '../support/daemon.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { findDifferences } from './oracle/compare.ts';
import { known, readHistory } from './oracle/history.ts';
import type { History } from './oracle/history.ts';
import { expectTables } from './oracle/expect.ts';
import { compileContracts } from './support/compile.ts';
import type { CompiledContract } from './support/compile.ts';
import { countLeftOver } from './support/left-over.ts';
import { settledTables } from './support/settled.ts';

const deployer = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const maker = toAddress(`0x${'aa'.repeat(20)}`);
const carrier = toAddress(`0x${'bb'.repeat(20)}`);
const shop = toAddress(`0x${'cc'.repeat(20)}`);

interface Foreign extends CompiledContract {
  readonly address: Address;
}

let anvil: AnvilServer;
let database: TestDatabase;
let clients: FixtureClients;
/** None before half of the trade is done. */
let daemon: TestDaemon | null = null;
let chain: DevnetClient;
let registry: Foreign;
let certificates: Foreign;
let relay: Foreign;

beforeAll(async () => {
  [anvil, database] = await Promise.all([startTestAnvil(), createMigratedDatabase()]);
  clients = await connectFixtureClients(anvil.rpcUrl, deployer);
  chain = connectDevnetClient(anvil.rpcUrl);
  await installMulticall3(anvil.rpcUrl);
  const compiled = compileContracts(['ForeignRegistry', 'ForeignCertificates', 'Relay']);
  registry = await deploy(known(compiled.get('ForeignRegistry')));
  certificates = await deploy(known(compiled.get('ForeignCertificates')));
  relay = await deploy(known(compiled.get('Relay')));
});

afterAll(async () => {
  await daemon?.stop();
  await anvil.stop();
  await database.drop();
});

async function deploy({ abi, bytecode }: CompiledContract): Promise<Foreign> {
  const hash = await clients.walletClient.deployContract({ abi, bytecode });
  const { contractAddress } = await clients.publicClient.waitForTransactionReceipt({ hash });
  return { abi, bytecode, address: toAddress(known(contractAddress)) };
}

type Call = readonly [contract: Foreign, functionName: string, ...args: readonly unknown[]];

/** Anvil, asked for a block's state while it mines the next, may answer from that: so nothing is mined meanwhile. */
async function untilCaughtUp(): Promise<void> {
  await daemon?.projected(Number(await clients.publicClient.getBlockNumber()));
}

async function send([{ address, abi }, functionName, ...args]: Call): Promise<void> {
  await untilCaughtUp();
  const hash = await clients.walletClient.writeContract({ address, abi, functionName, args });
  const { status } = await clients.publicClient.waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`${functionName} failed`);
}

/** All in one transaction, whose calldata is the relay's. */
async function relayed(...calls: readonly Call[]): Promise<void> {
  const encoded = calls.map(([{ address, abi }, functionName, ...args]) => ({
    target: address,
    data: encode(abi, functionName, args),
  }));
  await send([relay, 'relay', encoded]);
}

function encode(abi: Abi, functionName: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi, functionName, args });
}

/** Several transactions in one block. */
async function inOneBlock(...calls: readonly Call[]): Promise<void> {
  await chain.setAutomine(false);
  const nonce = await clients.publicClient.getTransactionCount({ address: deployer.address });
  const hashes: Hex[] = [];
  for (const [index, [{ address, abi }, functionName, ...args]] of calls.entries()) {
    const one = { address, abi, functionName, args, nonce: nonce + index, gas: 3_000_000n };
    hashes.push(await clients.walletClient.writeContract(one));
  }
  await untilCaughtUp();
  await chain.mine({ blocks: 1 });
  await chain.setAutomine(true);
  for (const hash of hashes) {
    const { status } = await clients.publicClient.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new Error(`${hash} failed`);
  }
}

async function mineEmptyBlocks(count: number): Promise<number> {
  await untilCaughtUp();
  await chain.mine({ blocks: count });
  return Number(await clients.publicClient.getBlockNumber());
}

/** Registered, moved, certified and transferred. */
async function tradeBefore(): Promise<void> {
  await send([registry, 'enroll', ['Clock', 'Watch', 'Sundial'], ' LUXURY ', 'A-', maker]);
  await send([registry, 'travel', 1n, carrier, ['Basel', 'Milan', 'Rome']]);
  await relayed(
    [registry, 'enroll', ['Tea'], 'tea leaves', 'B-', maker],
    [certificates, 'mintMany', maker, [1n, 4n, 6n], ['ISO 9001', 'iso-9001', 'HACCP']],
    [registry, 'travel', 4n, carrier, ['Colombo']],
  );
  await send([certificates, 'pass', 0n, [carrier, shop]]);
  await send([certificates, 'verify', 1n, ['by eye', 'by hand', 'by eye']]);
  await inOneBlock(
    [registry, 'rename', 2n, 'Wristwatch', 2_000_000_000n],
    [registry, 'flicker', 2n, false],
    [registry, 'flicker', 3n, true],
    [registry, 'travel', 2n, shop, ['Bern', 'Bonn']],
    [certificates, 'invalidate', 1n, 'recalled'],
    [certificates, 'verify', 1n, ['by law']],
  );
}

async function tradeAfter(): Promise<void> {
  await relayed(
    [registry, 'travel', 3n, shop, ['Oslo']],
    [certificates, 'describe', 0n, 'foreign://other', ['GOTS', 'HACCP']],
    [registry, 'enroll', ['Coffee', 'Cocoa'], 'food', 'C-', shop],
    [certificates, 'mintMany', shop, [5n, 404n], []],
    [certificates, 'pass', 3n, [maker]],
  );
  await send([certificates, 'verify', 0n, ['by code']]);
  await inOneBlock(
    [certificates, 'pass', 2n, [shop, maker]],
    [certificates, 'burn', 2n],
    [registry, 'rename', 5n, 'Espresso', 0n],
    [registry, 'rename', 5n, 'Ristretto', 1_900_000_000n],
  );
  await send([registry, 'pause', true]);
  await send([registry, 'pause', false]);
}

/** What these contracts have rows in. */
const tables = [
  'products',
  'product_stakeholders',
  'checkpoints',
  'traceability_chain',
  'nft_certificates',
  'certificate_codes',
  'certificate_verifications',
  'product_certifications',
  'system_events',
];

test('every row is what the contracts themselves answer, from before the daemon’s start and after it', async () => {
  const contracts: ConfiguredContract[] = [
    { kind: 'ProductRegistry', address: registry.address, startBlock: 0 },
    { kind: 'NFTCertificate', address: certificates.address, startBlock: 0, registry: registry.address },
  ];
  await tradeBefore();
  daemon = startTestDaemon({ databaseUrl: database.url, rpcUrl: anvil.rpcUrl, contracts });
  await daemon.projected(Number(await clients.publicClient.getBlockNumber()));
  await tradeAfter();
  await daemon.projected(await mineEmptyBlocks(6));

  const history: History = await readHistory(anvil.rpcUrl, contracts);
  const expected = await expectTables(history);
  const stored = await settledTables(database.url, expected);
  expect(findDifferences(expected, stored).slice(0, 20)).toEqual([]);
  expect(tables.filter((table) => (expected[table] ?? []).length === 0)).toEqual([]);

  // Nobody knows their `Audit` event, which is counted, and stops nothing.
  expect(history.undecodedLogs).toBeGreaterThan(0);
  expect(await countLeftOver(database.url)).toEqual({
    quarantined: 0,
    parked: 0,
    unknown: history.undecodedLogs,
  });
});
