/** Executes docs/adding-a-contract.md in a copy of the repository, and indexes the new contract on a real chain with the copy. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeFunctionData, type Hex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  connectFixtureClients,
  type FixtureClients,
  installMulticall3,
} from '../../contracts-fixtures/deploy.ts';
import type { AnvilServer } from '../../src/devnet/anvil.ts';
import { required } from '../../src/primitives/errors.ts';
import { compileSources, type CompiledContract } from '../e2e/support/compile.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { deployer, queryDatabase } from '../support/followed-chain.ts';
import { callNode } from '../support/json-rpc.ts';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { blockOf, changedFiles, copyRepository, insertedLines, readPage, writeBlock } from './page.ts';

const area = 'src/tracechain/temperature';
const list = 'src/tracechain/index.ts';
const ownTest = 'test/tracechain/temperature.test.ts';
const blocks = await readPage();

/** For what the daemon does in less than a second on an idle machine. */
const patience = { interval: 100, timeout: 120_000 };

let copy: string;
let anvil: AnvilServer;
let clients: FixtureClients;
let database: TestDatabase;
let contract: CompiledContract & { readonly address: Hex };

beforeAll(async () => {
  [copy, anvil, database] = await Promise.all([copyRepository(), startTestAnvil(), createTestDatabase()]);
  clients = await connectFixtureClients(anvil.rpcUrl, deployer);
  await installMulticall3(anvil.rpcUrl);
  const compiled = required(
    compileSources([blockOf(blocks, 'TemperatureLog.sol').text]).get('TemperatureLog'),
    'the compiled contract',
  );
  const hash = await clients.walletClient.deployContract(compiled);
  const { contractAddress } = await clients.publicClient.waitForTransactionReceipt({ hash });
  contract = { ...compiled, address: required(contractAddress, 'its address') };
});

afterAll(async () => {
  await anvil.stop();
  await database.drop();
  await rm(copy, { recursive: true });
});

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program in the copy, without vitest's environment variables. */
async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      cwd: copy,
      env: { ...plainEnvironment(), ...environment },
    });
    return { code: 0, output: stdout, errors: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout, errors: stderr };
  }
}

function plainEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  return { PATH, HOME, TMPDIR };
}

const configuration = (): Record<string, string> => ({
  DATABASE_URL: database.url,
  RPC_URL: anvil.rpcUrl,
  TRACECHAIN_DATA: join(copy, '.tracechain'),
  TRACECHAIN_FINALITY: '5',
  TRACECHAIN_POLL_INTERVAL_MS: '100',
  TRACECHAIN_CONTRACTS: JSON.stringify([
    { kind: 'TemperatureLog', address: contract.address, startBlock: 0 },
  ]),
});

async function tracechain(...args: readonly string[]): Promise<Ran> {
  return await run(['src/cli/bin.js', ...args], configuration());
}

async function tracechainJson<Value>(...args: readonly string[]): Promise<Value> {
  const { code, output, errors } = await tracechain(...args);
  expect(code, errors).toBe(0);
  return JSON.parse(output) as Value;
}

async function query<Row extends object>(statement: string): Promise<Row[]> {
  return await queryDatabase<Row>(statement, database.url);
}

const calldata = (productId: bigint, milliCelsius: bigint, note: string): Hex =>
  encodeFunctionData({
    abi: contract.abi,
    functionName: 'recordReading',
    args: [productId, milliCelsius, note],
  });

/** Returns the block's number. */
async function record(productId: bigint, milliCelsius: bigint, note: string): Promise<number> {
  const hash = await clients.walletClient.sendTransaction({
    to: contract.address,
    data: calldata(productId, milliCelsius, note),
  });
  return Number((await clients.publicClient.waitForTransactionReceipt({ hash })).blockNumber);
}

async function storedReadings(): Promise<object[]> {
  return await query(
    `select reading_id::int as id, chain_product_id::int as product, milli_celsius::int as milli, note, wallet_address as sensor
     from temperature_readings join users on users.id = sensor_id order by reading_id`,
  );
}

async function projectedBlock(): Promise<number> {
  const [row] = await query<{ reached: number }>(
    `select block_number::int as reached from ledger.cursors where stream = 'projection'`,
  );
  return row?.reached ?? -1;
}

test('a new contract takes four files and one entry in the list; everything else is generated', async () => {
  for (const block of blocks) if (!block.path.endsWith('.sol')) await writeBlock(copy, block);
  const written = ['audit', 'contract', 'index', 'tables'].map((name) => `${area}/${name}.ts`);
  expect(await changedFiles(copy)).toEqual([list, ...written, ownTest].toSorted());
  expect(insertedLines(blockOf(blocks, list))).toEqual([
    "+import * as temperature from './temperature/index.ts';",
    '+  temperature,',
  ]);

  const scratch = await createMigratedDatabase();
  const generated = await run(['schema-docs/generate.ts', '--database', scratch.url]);
  await scratch.drop();
  expect(generated.output).toContain('_temperature_readings.sql');
  const others = (await changedFiles(copy)).filter(
    (path) => path !== list && path !== ownTest && !written.includes(path),
  );
  expect(others.map((path) => path.replace(/\d{4}_/, ''))).toEqual([
    'SCHEMA.md',
    'docs/configuration.md',
    'docs/digest.md',
    'drizzle/temperature_readings.sql',
    'drizzle/catalogue.json',
    'drizzle/meta/snapshot.json',
    'drizzle/meta/_journal.json',
    'src/tracechain/contract-kinds.ts',
    'src/tracechain/table-ids.lock.json',
  ]);
});

test('the type-checker, the linter and the formatter accept the page’s code', async () => {
  for (const args of [
    ['node_modules/typescript/bin/tsc', '-p', '.'],
    ['node_modules/oxlint/bin/oxlint', area, ownTest, list],
    ['node_modules/oxfmt/bin/oxfmt', '--check', area, ownTest, list],
  ])
    expect(await run(args), args[0]).toMatchObject({ code: 0 });
});

test('the page’s own test of the projection passes', async () => {
  const { code, output, errors } = await run([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'suite',
    ownTest,
  ]);
  expect(code, output + errors).toBe(0);
});

test('the contract is indexed through a reorganization, and explained, seen in the past, replayed and audited', async () => {
  expect(await tracechain('migrate')).toMatchObject({ code: 0 });
  const firstBlock = await record(7n, -18_500n, 'freezer 3');
  const daemon = spawn(process.execPath, ['src/cli/bin.js', 'start', '--json'], {
    cwd: copy,
    env: { ...plainEnvironment(), ...configuration() },
    stdio: 'ignore',
  });
  const sensor = deployer.address.toLowerCase();
  const first = { id: 0, product: 7, milli: -18_500, note: 'freezer 3', sensor };
  try {
    await expect.poll(storedReadings, patience).toEqual([first]);
    const lastBlock = await record(8n, 4_000n, 'door open');
    const second = { id: 1, product: 8, milli: 4_000, note: 'door open', sensor };
    await expect.poll(storedReadings, patience).toEqual([first, second]);

    const replacement = {
      from: deployer.address,
      to: contract.address,
      gas: '0x895440',
      data: calldata(9n, -1n, 'door closed'),
    };
    await callNode(anvil.rpcUrl, 'anvil_reorg', [1, [[replacement, 0]]]);
    const replaced = { id: 1, product: 9, milli: -1, note: 'door closed', sensor };
    await callNode(anvil.rpcUrl, 'anvil_mine', ['0x8']);
    await expect.poll(storedReadings, patience).toEqual([first, replaced]);
    await expect.poll(projectedBlock, patience).toBe(lastBlock + 8);
  } finally {
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  }

  const explanation = await tracechainJson<{ columns: object[] }>(
    'explain',
    'temperature_readings',
    '1',
    '--json',
  );
  expect(JSON.stringify(explanation.columns)).toContain('door closed');
  const past = await tracechainJson<object[]>('as-of', String(firstBlock), 'temperature_readings', '--json');
  expect(past).toMatchObject([{ note: 'freezer 3' }]);

  expect(await tracechainJson('replay', '--dry-run', '--json')).toMatchObject({ differences: [] });
  expect(await tracechain('replay', '--yes')).toMatchObject({
    code: 0,
    output: expect.stringContaining('nothing differs') as string,
  });

  const clean = await tracechainJson<{ rows: number; notAudited: { table: string }[] }>(
    'audit',
    '--full',
    '--format',
    'json',
  );
  expect(clean).toMatchObject({ findings: [], rows: 2 });
  expect(clean.notAudited.map(({ table }) => table)).not.toContain('temperature_readings');
  await query(
    `set session_replication_role = replica; update temperature_readings set milli_celsius = 5 where reading_id = 0`,
  );
  const found = await tracechain('audit', '--full', '--format', 'json');
  expect(found.code).toBe(1);
  expect(JSON.parse(found.output)).toMatchObject({
    findings: [{ area: 'temperature', table: 'temperature_readings', field: 'milli_celsius' }],
  });
});
