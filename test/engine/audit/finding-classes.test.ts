/** The finding classes that need more than a falsified row. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditResult } from '../../../src/engine/audit/findings/result.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { startNodeProxy } from '../../support/node-proxy.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(41, 100);
}, 120_000);

afterAll(async () => await chain.close());

function named({ findings }: AuditResult): string[] {
  return findings.map(({ table, field, class: of }) => `${table}.${field ?? '*'}: ${of}`).toSorted();
}

test('rows that another version of a projection made are attributed to that projection', async () => {
  await chain.tamper(
    `update public.products set product_name = product_name || '!' where product_id = 1`,
    `update ledger.projection_versions set version = version - 1 where area = 'products'`,
  );
  const result = await chain.audit();
  expect(new Set(named(result))).toEqual(new Set(['products.product_name: wrong projection']));
  expect(result.findings[0]?.evidence).toContain('replay --stale');
  await chain.tamper(
    `update public.products set product_name = rtrim(product_name, '!') where product_id = 1`,
    `update ledger.projection_versions set version = version + 1 where area = 'products'`,
  );
}, 30_000);

test('a row that the indexer made and the ledger does not fold to is attributed to the projection', async () => {
  await chain.tamper(
    `insert into public.checkpoints select (jsonb_populate_record(one, jsonb_build_object(
       'id', '00000000-0000-8000-8000-000000000001', 'checkpoint_index', 900000))).*
     from public.checkpoints as one limit 1`,
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, log_index, cause)
     select chain_id, block_number, table_id, '00000000-0000-8000-8000-000000000001', 'I', log_index, 0
     from ledger.journal where row_id = (select id from public.checkpoints where checkpoint_index = 0 limit 1) limit 1`,
  );
  expect(named(await chain.audit())).toEqual(['checkpoints.*: wrong projection']);
  await chain.tamper(
    `delete from public.checkpoints where id = '00000000-0000-8000-8000-000000000001'`,
    `delete from ledger.journal where row_id = '00000000-0000-8000-8000-000000000001'`,
  );
}, 30_000);

test('a node without the state is reported once per contract', async () => {
  await using proxy = await startNodeProxy(chain.devnet.anvil.rpcUrl);
  const pruned = { code: -32000, message: 'missing trie node 1d3f (path ) state 0x1d3f is not available' };
  proxy.intercept = (response, requests) => {
    if (!requests.some(({ method }) => method === 'eth_call')) return false;
    const answers = requests.map(({ id }) => ({ jsonrpc: '2.0', id, error: pruned }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers));
    return true;
  };
  const result = await chain.audit({ nodes: [createNode({ url: proxy.url })] });
  const contracts = result.findings.map(({ contract }) => contract);
  expect(new Set(result.findings.map((finding) => finding.class))).toEqual(new Set(['state unavailable']));
  expect(new Set(contracts).size).toBe(contracts.length);
  expect(contracts.length).toBeGreaterThan(3);
  expect(result.findings[0]?.evidence).toContain(`block ${result.block}`);
}, 30_000);

test('a log of an event that no ABI has leaves its row outdated, with the class undecoded', async () => {
  const [last] = await chain.query<{ address: string; block: number; index: number }>(
    `select to_address as address, block_number::int as block, log_index as index
     from public.trace_token_transactions as moved
     where amount > 0 and from_address <> to_address and not exists (
       select from public.trace_token_transactions as later
       where later.block_number >= moved.block_number and later.id <> moved.id
         and (moved.to_address in (later.from_address, later.to_address)
           or moved.from_address in (later.from_address, later.to_address)))
     order by block_number desc limit 1`,
  );
  if (last === undefined) throw new Error('the chain has no transfer that was somebody’s last');
  // Simulates an ABI without the event: the node and the ledger have the log, and it has no effect.
  const [kept] = await chain.query<{ topic: string }>(
    `select '0x' || encode(topics[1], 'hex') as topic from ledger.logs where block_number = ${last.block} and log_index = ${last.index}`,
  );
  await chain.tamper(
    `update ledger.logs set topics = array[decode(repeat('ab', 32), 'hex')] || topics[2:]
     where block_number = ${last.block} and log_index = ${last.index}`,
  );
  await chain.command(replayCommand(allProjections), {
    from: null,
    only: 'token',
    stale: false,
    dryRun: false,
  });
  await using proxy = await startNodeProxy(chain.devnet.anvil.rpcUrl);
  const unknown = `0x${'ab'.repeat(32)}`;
  proxy.change = ({ method }, answer) =>
    method === 'eth_getLogs' && Array.isArray(answer)
      ? answer.map((log: { blockNumber: string; logIndex: string; topics: string[] }) =>
          Number(log.blockNumber) === last.block && Number(log.logIndex) === last.index
            ? { ...log, topics: log.topics.map((topic) => (topic === kept?.topic ? unknown : topic)) }
            : log,
        )
      : answer;
  const result = await chain.audit({ areas: ['token'], nodes: [createNode({ url: proxy.url })] });
  const balances = result.findings.filter(({ table }) => table === 'token_balances');
  expect(balances.length).toBeGreaterThan(0);
  expect(new Set(balances.map((finding) => finding.class))).toEqual(new Set(['undecoded']));
  expect(balances[0]?.evidence).toContain(`block ${last.block}`);
  // The node has a different log: the ledger was altered and projected afterwards.
  const altered = await chain.audit({ areas: ['token'] });
  expect(altered.findings.find(({ table }) => table === 'token_balances')).toMatchObject({
    class: 'ledger altered',
    evidence: expect.stringContaining(`log ${last.index} of block ${last.block}`) as string,
  });
}, 30_000);
