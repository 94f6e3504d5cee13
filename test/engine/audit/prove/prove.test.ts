/** Proves the ledger against a node's headers and receipts, and tests each way in which the proof can fail. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type LedgerProof, proveLedger } from '../../../../src/engine/audit/prove/prove.ts';
import { computeHeaderHash } from '../../../../src/engine/chain/header-hash.ts';
import { createNode } from '../../../../src/engine/rpc/node.ts';
import { ContractSet } from '../../../../src/engine/contract/contract-set.ts';
import { listContracts } from '../../../../src/engine/ledger/contracts.ts';
import { FollowedChain } from '../../../support/followed-chain.ts';
import { callNode } from '../../../support/json-rpc.ts';

const chain = new FollowedChain();
const chainId = 31337;

/** The block of the product whose logs are altered. */
let registered: number;
let head: number;

/** Runs in a transaction that is rolled back, so that all tests share one indexed chain. */
let client: Client;

beforeAll(async () => {
  await chain.open();
  await chain.begin();
  const daemon = chain.start();
  await chain.register('B-1');
  registered = await chain.register('B-2');
  await chain.register('B-3');
  head = await chain.mine(2);
  await daemon.projected(head);
  await daemon.stop();
  client = new Client({ connectionString: chain.databaseUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await chain.end();
  await chain.close();
});
beforeEach(async () => {
  await client.query('begin');
});
afterEach(async () => {
  await client.query('rollback');
});

/** Acts as an owner who has disabled the triggers. */
async function tamper(statements: string): Promise<void> {
  await client.query(`set local session_replication_role = replica; ${statements}`);
}

async function prove(rpcUrl = chain.rpcUrl): Promise<LedgerProof> {
  const contracts = new ContractSet(await listContracts(client, chainId));
  const node = createNode({ url: rpcUrl, retries: 0 });
  return await proveLedger({ client, node, chainId, contracts, range: { from: 0, to: head } });
}

const found = ({ problems }: LedgerProof) => problems.map(({ kind, blockNumber }) => [kind, blockNumber]);

/** A node that answers like anvil, except for the changes of `alter`. */
async function alteringNode(alter: (method: string, result: unknown) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    async function respond(): Promise<void> {
      const body = JSON.parse(await text(request)) as Request | readonly Request[];
      const answers: unknown[] = [];
      for (const { id, method, params } of 'id' in body ? [body] : body) {
        const result = alter(method, await callNode(chain.rpcUrl, method, params));
        answers.push({ jsonrpc: '2.0', id, result });
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify('id' in body ? answers[0] : answers));
    }
    respond().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

type Json = Record<string, unknown>;

const isBlock = (result: unknown, number: number): result is Json =>
  typeof result === 'object' && result !== null && (result as Json)['number'] === `0x${number.toString(16)}`;

describe('the proof', () => {
  test('the proof of an unaltered ledger has no problems and names the hash that it is based on', async () => {
    const proof = await prove();
    expect(proof.problems).toEqual([]);
    expect(proof).toMatchObject({
      from: 0,
      to: head,
      blocks: head + 1,
      unverifiedHeaders: 0,
      furtherProblems: 0,
    });
    const { rows } = await client.query<{ logs: number; hash: string }>(
      `select (select count(*)::int from ledger.logs) as logs, '0x' || encode(hash, 'hex') as hash from ledger.blocks where number = ${head}`,
    );
    expect({ logs: proof.logs, hash: proof.toHash }).toEqual(rows[0]);
    expect(proof.logs).toBeGreaterThan(6);
  });

  test.each([
    [
      'altered',
      `update ledger.logs set data = data || '\\x00' where block_number = $ and log_index = 1`,
      'log altered',
    ],
    [
      'given another topic',
      `update ledger.logs set topics[2] = topics[1] where block_number = $ and log_index = 1`,
      'log altered',
    ],
    [
      'given to another contract',
      `update ledger.logs set address = decode(repeat('11', 20), 'hex') where block_number = $ and log_index = 1`,
      'log altered',
    ],
  ])('the proof names the block and the log if a stored log is %s', async (_, statement, kind) => {
    await tamper(statement.replace('$', String(registered)));
    const { problems } = await prove();
    expect(problems).toMatchObject([{ kind, blockNumber: registered, logIndex: 1 }]);
  });

  test('the proof names the block of a deleted log', async () => {
    await tamper(`
      delete from ledger.logs where block_number = ${registered} and log_index = 0;
      update ledger.blocks set log_count = log_count - 1 where number = ${registered}`);
    expect(found(await prove())).toEqual([['log missing', registered]]);
  });

  test('the proof names the block of an added log', async () => {
    await tamper(`
      insert into ledger.logs select chain_id, block_number, block_hash, 9, transaction_index, transaction_hash, address, topics, data
      from ledger.logs where block_number = ${registered} and log_index = 0;
      update ledger.blocks set log_count = log_count + 1 where number = ${registered}`);
    expect((await prove()).problems).toMatchObject([
      { kind: 'log added', blockNumber: registered, logIndex: 9 },
    ]);
  });

  test('the proof names a block with altered fields, and one that is missing', async () => {
    await tamper(`
      update ledger.blocks set receipts_root = decode(repeat('ab', 32), 'hex') where number = ${registered};
      delete from ledger.blocks where number = ${head}`);
    expect(found(await prove())).toEqual([
      ['block altered', registered],
      ['block missing', head],
    ]);
  });

  test('the proof names the block from which the node omits a log', async () => {
    const url = await alteringNode((method, result) => {
      if (method !== 'eth_getBlockReceipts' || !Array.isArray(result)) return result;
      return (result as Json[]).map((receipt) =>
        receipt['blockNumber'] === `0x${registered.toString(16)}`
          ? { ...receipt, logs: (receipt['logs'] as Json[]).slice(1) }
          : receipt,
      );
    });
    expect(found(await prove(url))).toEqual([['receipts root', registered]]);
  });

  test('the proof names the block whose header does not match its hash or its parent', async () => {
    const wrongRoot = await alteringNode((_, result) =>
      isBlock(result, registered) ? { ...result, stateRoot: `0x${'12'.repeat(32)}` } : result,
    );
    expect(found(await prove(wrongRoot))).toEqual([
      ['header hash', registered],
      ['block altered', registered],
    ]);
    const wrongParent = await alteringNode((_, result) =>
      isBlock(result, registered) ? { ...result, parentHash: `0x${'12'.repeat(32)}` } : result,
    );
    expect(found(await prove(wrongParent))).toEqual(
      expect.arrayContaining([
        ['header hash', registered],
        ['parent link', registered],
      ]),
    );
    const without = await alteringNode((_, result) => (isBlock(result, registered) ? null : result));
    expect(found(await prove(without))).toEqual([['node', registered]]);
  });

  test('the proof reports that it cannot verify headers with unknown fields', async () => {
    const url = await alteringNode((_, result) =>
      isBlock(result, registered) ? { ...result, somethingNew: '0x1', hash: result['hash'] } : result,
    );
    expect((await prove(url)).problems).toEqual([]);
    const newChain = await alteringNode((_, result) =>
      isBlock(result, registered) ? { ...result, somethingNew: '0x1', extraData: '0x1234' } : result,
    );
    expect(await prove(newChain)).toMatchObject({
      problems: [],
      unverifiedHeaders: 1,
      unknownHeaderFields: ['somethingNew'],
    });
  });
});

describe('a header’s hash', () => {
  test('the computed hash of mainnet’s genesis header is right', () => {
    const zeros = (bytes: number) => `0x${'00'.repeat(bytes)}`;
    const genesis = {
      parentHash: zeros(32),
      sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
      miner: zeros(20),
      stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
      transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
      receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
      logsBloom: zeros(256),
      difficulty: '0x400000000',
      number: '0x0',
      gasLimit: '0x1388',
      gasUsed: '0x0',
      timestamp: '0x0',
      extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
      mixHash: zeros(32),
      nonce: '0x0000000000000042',
    };
    expect(computeHeaderHash(genesis).hash).toBe(
      '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
    );
    const { nonce: _, ...incomplete } = genesis;
    expect(computeHeaderHash(incomplete).hash).toBeNull();
  });
});
