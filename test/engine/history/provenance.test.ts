/** The origin of values on an indexed chain, through the commands that people use. */
import { describe, expect, test } from 'vitest';
import { productRegistryAbi } from '../../../abis/index.ts';
import type { Explanation } from '../../../src/engine/history/explain.ts';
import type { ExplainedTransaction } from '../../../src/engine/history/transaction.ts';
import { runTracechain } from '../../cli/run.ts';
import { type FollowedChain, followChain, queryDatabase } from '../../support/followed-chain.ts';

/** Product 1: registered, then updated, then moved. */
interface Story {
  readonly registered: number;
  readonly updated: number;
  readonly updateHash: string;
}
let story: Story;

const chain = followChain(async (begun) => {
  const write = async (functionName: string, args: readonly unknown[]) =>
    await writeTo(begun, functionName, args);
  const daemon = begun.start();
  const registered = await begun.register('B-1');
  const update = await write('updateProduct', [
    1n,
    'Robusta',
    'Food',
    1_800_000_000n,
    ['beans', 'water'],
    'ipfs://y',
  ]);
  const moved = await write('addCheckpoint', [1n, 'Shipped', 'Trieste', '']);
  story = { registered, updated: update.block, updateHash: update.hash };
  await daemon.projected(moved.block);
  await daemon.stop();
});

async function writeTo(
  { addresses, clients }: FollowedChain,
  functionName: string,
  args: readonly unknown[],
): Promise<{ hash: string; block: number }> {
  const hash = await clients.walletClient.writeContract({
    address: addresses.productRegistry,
    abi: productRegistryAbi,
    functionName: functionName as never,
    args,
  });
  const receipt = await clients.publicClient.waitForTransactionReceipt({ hash });
  return { hash, block: Number(receipt.blockNumber) };
}

async function run(...args: readonly string[]) {
  return await runTracechain(args, { environment: { DATABASE_URL: chain.databaseUrl } });
}

async function runJson<Value>(...args: readonly string[]): Promise<Value> {
  const { output, errors } = await run(...args, '--json');
  expect(errors).toBe('');
  return JSON.parse(output) as Value;
}

/** Acts as an owner who has disabled the triggers. */
async function falsify(statement: string): Promise<void> {
  await queryDatabase(`set session_replication_role = replica; ${statement}`, chain.databaseUrl);
}

function column(explanation: Explanation, name: string) {
  const found = explanation.columns.find((one) => one.column === name);
  if (found === undefined) throw new Error(`${name} isn't explained`);
  return {
    ...found,
    values: found.values.map(({ value, event, isFromRead }) => [
      value,
      event === null ? null : explanation.events[event]?.name,
      isFromRead,
    ]),
  };
}

describe('explain', () => {
  test('explain shows every column’s event, its contract read if any, and its earlier values', async () => {
    const explained = await runJson<Explanation>('explain', 'products', 'B-1');
    expect(explained).toMatchObject({ state: 'present', label: expect.stringMatching(/^product 1 of 0x/) });
    expect(column(explained, 'product_name')).toMatchObject({
      value: 'Robusta',
      shouldBe: null,
      values: [
        ['Robusta', 'ProductUpdated', false],
        ['Arabica', 'ProductRegistered', false],
      ],
    });
    expect(column(explained, 'metadata_uri').values).toEqual([
      ['ipfs://y', 'ProductUpdated', true],
      ['ipfs://x', 'ProductRegistered', true],
    ]);
    expect(column(explained, 'batch_number').values).toEqual([['B-1', 'ProductRegistered', false]]);
    expect(column(explained, 'latest_checkpoint_index').values[0]).toEqual(['1', 'CheckpointAdded', false]);
    const updated = explained.events.find(({ name }) => name === 'ProductUpdated');
    expect(updated).toMatchObject({
      blockNumber: story.updated,
      transactionHash: story.updateHash,
      args: { productId: '1', productName: 'Robusta' },
      reads: [{ name: 'getProduct', args: ['1'], status: 'ok' }],
      topics: expect.arrayContaining([expect.stringMatching(/^0x[0-9a-f]{64}$/)]),
      data: expect.stringMatching(/^0x[0-9a-f]+$/),
    });
  });

  test('explain names a value that no event set, and the right value', async () => {
    await falsify(
      `update products set product_name = 'Kopi Luwak', block_hash = '0x00' where product_id = 1`,
    );
    const { code, output } = await run('explain', 'products', '1');
    expect(code).toBe(1);
    expect(output).toContain('Not what the chain says: product_name, block_hash.');
    expect(output).toMatch(/! product_name +Kopi Luwak +no event\n +should be: Robusta/);
    expect(output).toMatch(/was: Arabica/);
  });

  test('explain distinguishes a deleted row from one that never existed', async () => {
    const [product] = await chain.query<{ id: string }>('select id from products where product_id = 1');
    const id = product?.id ?? '';
    await falsify(`delete from checkpoints where checkpoint_index = 1;
      update token_balances set id = gen_random_uuid(), balance = 7 where address = (select max(address) from token_balances)`);
    const [checkpoint] = await chain.query<{ id: string }>(
      `select row_id as id from ledger.journal where table_id = 3 order by sequence desc limit 1`,
    );
    const missing = await run('explain', 'checkpoints', checkpoint?.id ?? '', '--json');
    expect(missing.code).toBe(1);
    const explained = JSON.parse(missing.output) as Explanation;
    expect(explained.state).toBe('missing');
    expect(column(explained, 'location')).toMatchObject({ value: null, shouldBe: ['Trieste'] });
    const [balance] = await chain.query<{ id: string }>('select id from token_balances where balance = 7');
    const invented = await run('explain', 'token_balances', balance?.id ?? '');
    expect(invented).toMatchObject({ code: 1, output: expect.stringContaining('No event made this row') });
    expect((await run('explain', 'products', id)).code).toBe(0);
    expect(
      await run(
        'explain',
        'products',
        id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      ),
    ).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no such row'),
    });
  });

  test('explain names the users who changed the application’s columns', async () => {
    await chain.query(`update traceability_chain set distance_km = 640 where sequence_order = 1`);
    const { code, output } = await run('explain', 'traceability_chain', 'B-1');
    expect(code).toBe(1);
    expect(output).toContain('2 rows of traceability_chain match "B-1"');
    const id = /^(\S+) +product 1, link 1$/m.exec(output)?.[1] ?? '';
    const explained = await run('explain', 'traceability_chain', id);
    expect(explained.code).toBe(0);
    expect(explained.output).toMatch(/distance_km +640 +the application/);
    expect(explained.output).toMatch(/changed by \w+: distance_km \(null\) → 640/);
    const [user] = await chain.query<{ wallet: string }>('select max(wallet_address) as wallet from users');
    expect(await run('explain', 'users', user?.wallet ?? '')).toMatchObject({ code: 0 });
  });

  test('explain lists the valid tables and rows if it finds none', async () => {
    expect(await run('explain', 'product', '1')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('The tables are: products, product_stakeholders'),
    });
    expect(await run('explain', 'products', 'B-2')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('No row of products matches "B-2"'),
    });
  });
});

describe('tx', () => {
  test('tx lists each event with the rows and columns that it set', async () => {
    const explained = await runJson<ExplainedTransaction>('tx', story.updateHash);
    const [event] = explained.events;
    expect(explained.events).toHaveLength(1);
    expect(event).toMatchObject({ name: 'ProductUpdated', outcome: 'applied' });
    const [row] = event?.rows ?? [];
    expect(row).toMatchObject({ table: 'products', made: false });
    const set = row?.columns.map(({ column: name, value, isFromRead }) => [name, value, isFromRead]);
    expect(set).toContainEqual(['product_name', 'Robusta', false]);
    expect(set).toContainEqual(['raw_materials', ['beans', 'water'], true]);
    expect(set).toContainEqual(['changed_block_number', story.updated, false]);
    expect(set?.map(([name]) => name)).not.toContain('batch_number');
  });

  test('a row is attributed to the event that describes it, not to the one that needed it first', async () => {
    const [product] = await chain.query<{ hash: string }>('select transaction_hash as hash from products');
    const { code, output } = await run('tx', product?.hash ?? '');
    expect(code).toBe(0);
    const [, checkpointAdded = '', registered = ''] = output.split(/^(?=\w+ in block)/m);
    expect(checkpointAdded).toMatch(/^CheckpointAdded/);
    expect(checkpointAdded).not.toMatch(/made +products/);
    expect(registered).toMatch(/made +products/);
  });

  test('tx lists quarantined and unknown logs and exits with 1', async () => {
    // Its topic is in no ABI; its data is not a string.
    await falsify(
      `update ledger.logs set topics[1] = decode(repeat('ab', 32), 'hex') where transaction_hash = decode('${story.updateHash.slice(2)}', 'hex')`,
    );
    expect(await run('tx', story.updateHash)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/a log in block \d+ .*: unknown/),
    });
  });

  test('tx refuses text that is not a hash, and reports a transaction without logs', async () => {
    expect(await run('tx', '0x12')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('64 hexadecimal'),
    });
    expect(await run('tx', `0x${'12'.repeat(32)}`)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('no log of this transaction'),
    });
  });
});

describe('as-of', () => {
  test('as-of shows a row’s earlier state, and that it did not exist before', async () => {
    const nameAsOf = async (block: number) =>
      (await runJson<{ product_name: string }[]>('as-of', String(block), 'products', 'B-1')).map(
        ({ product_name: name }) => name,
      );
    expect(await nameAsOf(story.registered)).toEqual(['Arabica']);
    expect(await nameAsOf(story.updated)).toEqual(['Robusta']);
    expect(await run('as-of', String(story.registered - 1), 'products', 'B-1')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('did not exist'),
    });
    const text = await run('as-of', String(story.registered), 'products', 'B-1');
    expect(text.output).toMatch(/^product_name +Arabica$/m);
  });

  test('as-of prints a whole table, and refuses a block that is not projected', async () => {
    const rows = await runJson<unknown[]>('as-of', String(story.registered), 'checkpoints');
    expect(rows).toHaveLength(1);
    expect(await run('as-of', '999999', 'checkpoints')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/block 999999 .*not in the tables yet. They are at block \d+/),
    });
  });
});

describe('coverage', () => {
  test('coverage is complete after a sync, and shows later losses', async () => {
    const whole = await run('coverage');
    expect(whole.code).toBe(0);
    expect(whole.output).toMatch(/^\d+ to \d+ +bloom/m);
    await falsify(`
      delete from ledger.logs where block_number = ${story.updated};
      update ledger.coverage set from_block = from_block + 2`);
    const { code, output } = await run('coverage', '--json');
    expect(code).toBe(1);
    const { from, holes } = JSON.parse(output) as { from: number; holes: unknown };
    expect(holes).toEqual([
      { from, to: from + 1, missing: 'not taken in' },
      { from: story.updated, to: story.updated, missing: 'logs' },
    ]);
    await falsify(`delete from ledger.blocks where number = ${story.updated}`);
    expect((await run('coverage')).output).toMatch(
      new RegExp(`^${story.updated} to ${story.updated} +MISSING: ingested, but`, 'm'),
    );
  });
});
