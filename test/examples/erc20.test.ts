/** examples/erc20 as its own processes, with a token on a devnet: the engine needs nothing of TraceChain but its migrations. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { traceTokenAbi } from '../../abis/index.ts';
import {
  connectFixtureClients,
  deployFixture,
  type FixtureClients,
  installMulticall3,
} from '../../contracts-fixtures/deploy.ts';
import type { AnvilServer } from '../../src/devnet/anvil.ts';
import { type Address, toAddress, zeroAddress } from '../../src/primitives/hex.ts';
import { startTestAnvil } from '../support/anvil.ts';
import { callNode } from '../support/json-rpc.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const example = pathOf('../../examples/erc20/erc20.ts');
const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const deployer = account.address.toLowerCase();
const [alice, bob] = [`0x${'a1'.repeat(20)}`, `0x${'b0'.repeat(20)}`] as [Address, Address];
/** Anvil calls a block finalized that is two epochs of 32 blocks below the head. */
const blocksUntilFinal = 64;

let anvil: AnvilServer;
let clients: FixtureClients;
let database: TestDatabase;
let client: Client;
let token: Address;
/** What the constructor minted to its caller and to the token itself. */
let owned: bigint;
let reserve: bigint;
let daemon: ChildProcess;

beforeAll(async () => {
  [anvil, database] = await Promise.all([startTestAnvil(), createMigratedDatabase()]);
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(readFileSync(pathOf('../../examples/erc20/migration.sql'), 'utf8'));
  clients = await connectFixtureClients(anvil.rpcUrl, account);
  await installMulticall3(anvil.rpcUrl);
  token = await deployFixture(clients, 'TraceToken', traceTokenAbi, [account.address]);
  [owned, reserve] = [await balanceOf(toAddress(account.address)), await balanceOf(token)];
  await transfer(alice, 500n);
  await mine(blocksUntilFinal + 1);
  daemon = spawn(process.execPath, [example], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});

afterAll(async () => {
  daemon.kill('SIGKILL');
  await client.end();
  await anvil.stop();
  await database.drop();
});

test('the example has at most 80 lines and imports the engine by its public face alone', () => {
  const text = readFileSync(example, 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(80);
  const imported = Array.from(text.matchAll(/from '([^']+)'/g), ([, module]) => module);
  expect(imported).toEqual(['viem', '../../src/engine/index.ts']);
});

test('the example’s migration makes all that a chain-derived table needs', async () => {
  expect(await run('verify')).toEqual([]);
});

test('the backfill makes a row for each transfer and each holder', async () => {
  await expectBalances({ [token]: reserve, [deployer]: owned - 500n, [alice]: 500n });
  expect(await transfers()).toEqual([
    { sender: zeroAddress, recipient: deployer, value: String(owned) },
    { sender: zeroAddress, recipient: token, value: String(reserve) },
    { sender: deployer, recipient: alice, value: '500' },
  ]);
});

test('transfers at the head become rows, and a reorg takes back those of the orphaned blocks', async () => {
  await transfer(alice, 10n);
  await transfer(bob, 7n);
  await expectBalances({ [token]: reserve, [deployer]: owned - 517n, [alice]: 510n, [bob]: 7n });
  await callNode(anvil.rpcUrl, 'anvil_reorg', [1, []]);
  await expectBalances({ [token]: reserve, [deployer]: owned - 510n, [alice]: 510n });
  await transfer(bob, 3n);
  await expectBalances({ [token]: reserve, [deployer]: owned - 513n, [alice]: 510n, [bob]: 3n });
});

test('a replay finds nothing that differs, and the audit nothing wrong', async () => {
  await makeFinal();
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  const replayed = z.object({
    areas: z.array(z.string()),
    logs: z.number(),
    differences: z.array(z.unknown()),
  });
  const replay = replayed.parse(await run('replay'));
  expect({ areas: replay.areas, differences: replay.differences }).toEqual({
    areas: ['erc20'],
    differences: [],
  });
  expect(replay.logs).toBeGreaterThanOrEqual(4);
  expect(await audit()).toMatchObject({
    entities: 4,
    findings: [],
    notAudited: [{ table: 'erc20_transfers', reason: 'only its logs tell of a token’s transfers' }],
  });
});

test('the explanation of a balance names the transfer behind each of its values', async () => {
  const explained = z.object({
    state: z.string(),
    columns: z.array(z.object({ column: z.string(), values: z.array(z.object({ value: z.unknown() })) })),
    events: z.array(z.object({ name: z.string() })),
  });
  const { state, columns, events } = explained.parse(await run('explain', alice));
  const balance = columns.find(({ column }) => column === 'balance');
  expect(state).toBe('present');
  expect(balance?.values.map(({ value }) => value)).toEqual(['510', '500']);
  expect(events.map(({ name }) => name)).toEqual(['Transfer', 'Transfer']);
});

test('the audit finds a falsified balance', async () => {
  await client.query('set session_replication_role = replica');
  await client.query('update erc20_balances set balance = 1000000 where holder = $1', [alice]);
  await client.query('set session_replication_role = origin');
  const { findings } = await audit();
  const shown = { chainValue: '510', ledgerValue: '510', databaseValue: '1000000' };
  expect(findings).toMatchObject([{ table: 'erc20_balances', field: 'balance', contract: token, ...shown }]);
});

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, RPC_URL: anvil.rpcUrl, DATABASE_URL: database.url, TOKEN: token };
}

async function balanceOf(holder: Address): Promise<bigint> {
  const call = { address: token, abi: traceTokenAbi, functionName: 'balanceOf', args: [holder] } as const;
  return await clients.publicClient.readContract(call);
}

async function mine(blocks: number): Promise<void> {
  await callNode(anvil.rpcUrl, 'anvil_mine', [`0x${blocks.toString(16)}`]);
}

async function transfer(recipient: Address, value: bigint): Promise<void> {
  const call = {
    address: token,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [recipient, value],
  } as const;
  const hash = await clients.walletClient.writeContract(call);
  await clients.publicClient.waitForTransactionReceipt({ hash });
}

/** Makes every block so far final, and waits until the daemon has recorded that. */
async function makeFinal(): Promise<void> {
  const last = Number(await clients.publicClient.getBlockNumber());
  await mine(blocksUntilFinal + 1);
  await expect
    .poll(async () => {
      const { rows } = await client.query<{ final: number }>(
        `select coalesce(max(final_number), -1)::float8 as final from ledger.chains`,
      );
      return rows[0]?.final;
    })
    .toBeGreaterThanOrEqual(last);
}

async function expectBalances(expected: Readonly<Record<string, bigint>>): Promise<void> {
  const wanted = Object.entries(expected).map(([holder, balance]) => ({ holder, balance: String(balance) }));
  await expect
    .poll(async () => (await client.query('select holder, balance from erc20_balances order by holder')).rows)
    .toEqual(wanted.toSorted((a, b) => (a.holder < b.holder ? -1 : 1)));
}

async function transfers(): Promise<unknown[]> {
  const found = await client.query(
    'select sender, recipient, value from erc20_transfers order by block_number, log_index',
  );
  return found.rows;
}

const auditResult = z.object({
  entities: z.number(),
  findings: z.array(z.looseObject({})),
  notAudited: z.array(z.looseObject({})),
});

async function audit(): Promise<z.output<typeof auditResult>> {
  return auditResult.parse(await run('audit'));
}

/** Runs a command with the example's projections in a process of its own. */
async function run(...command: readonly string[]): Promise<unknown> {
  const options = { env: environment() };
  const script = pathOf('erc20-commands.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...command], options);
  return JSON.parse(stdout);
}
