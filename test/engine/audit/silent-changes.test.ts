/** Changes that contracts make without an event: the audit finds, classifies and dates them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repairCommand } from '../../../src/engine/replay/repair.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import type { AuditResult, Finding } from '../../../src/engine/audit/findings/result.ts';
import type { PlacedObservation } from '../../../src/engine/ledger/observations.ts';
import { callOf } from '../../../src/devnet/activity/action.ts';
import { replayCommand } from '../../../src/engine/replay/command.ts';
import { changeSilently, first, mineBlock, type SilentlyChanged } from '../../e2e/support/life.ts';
import { runTracechain } from '../../cli/run.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;
let silent: SilentlyChanged;
/** The block in which all of the changes happened. */
let changedIn: number;
let result: AuditResult;

beforeAll(async () => {
  chain = await startAuditedChain(29, 200);
  silent = await changeSilently(chain.devnet);
  changedIn = Number(await chain.devnet.client.getBlockNumber());
  await chain.follow();
  result = await chain.audit();
}, 120_000);

afterAll(async () => await chain.close());

function found(table: string, field: string | null): Finding | undefined {
  return result.findings.find((finding) => finding.table === table && finding.field === field);
}

test('the audit finds every silent change and nothing else', () => {
  expect(
    result.findings.map(({ table, field, class: of }) => `${table}.${field ?? '*'}: ${of}`).toSorted(),
  ).toEqual([
    'factory_contracts.is_active: changed without an event',
    'nft_certificates.compliance_standards: changed without an event',
    'payment_contracts.*: changed without an event',
    'product_certifications.*: changed without an event',
    'products.is_active: changed without an event',
    'products.metadata_uri: changed without an event',
  ]);
});

test('each finding shows the contract’s value and the row’s', () => {
  expect(found('products', 'metadata_uri')).toMatchObject({
    chainValue: 'ipfs://unheard',
    contract: silent.registry,
    isChainKept: true,
  });
  expect(found('products', 'is_active')).toMatchObject({ chainValue: false, databaseValue: true });
  expect(found('nft_certificates', 'compliance_standards')).toMatchObject({
    chainValue: ['HACCP', 'ISO 22000'],
    databaseValue: ['HACCP'],
  });
  expect(found('factory_contracts', 'is_active')).toMatchObject({ chainValue: false, databaseValue: true });
  expect(found('payment_contracts', null)).toMatchObject({
    evidence: expect.stringMatching(/held, .* owed; the token says that .* left the contract/) as string,
    lastLog: { blockNumber: changedIn },
  });
});

test('each finding names the block of its change', () => {
  for (const finding of result.findings)
    expect(finding).toMatchObject({ changed: { after: changedIn - 1, upTo: changedIn } });
});

test('a change is dated even if a later event of the row does not read the value', async () => {
  const { devnet } = chain;
  const registry = first(devnet, 'ProductRegistry');
  const checkpoint = [silent.productWithOtherMetadata, 'shipped', 'Hamburg', ''] as const;
  await mineBlock(devnet, [callOf(registry, devnet.scene.cast.visitor.address, 'addCheckpoint', checkpoint)]);
  const touchedIn = Number(await devnet.client.getBlockNumber());
  await chain.follow();
  const { findings } = await chain.audit({ areas: ['products'] });
  expect(findings.find(({ field }) => field === 'metadata_uri')).toMatchObject({
    class: 'changed without an event',
    changed: { after: changedIn - 1, upTo: changedIn },
    lastLog: { blockNumber: touchedIn },
  });
}, 60_000);

test('a repair sets the rows to the contracts’ values, and a rebuild reproduces them', async () => {
  let observations: readonly PlacedObservation[] = [];
  await chain.audit({
    onObserved: (observed) => {
      observations = observed;
    },
  });
  expect(observations).toHaveLength(5);
  const repaired = await chain.command(repairCommand(allProjections), { observations });
  // One of the observations inserted a row: the certification under the standard that the certificate names now.
  expect(repaired).toMatchObject({ entered: 5, changed: 4 });
  const { findings } = await chain.audit();
  // The remaining findings have no value that could be set, because money was lost.
  expect(findings.map(({ table, field }) => `${table}.${field}`).toSorted()).toEqual([
    'payment_contracts.null',
  ]);
  const [row] = await chain.query(
    `select metadata_uri, changed_block_number::int as block, changed_log_index from public.products
     where product_id = ${silent.productWithOtherMetadata} and smart_contract_address = '${silent.registry}'`,
  );
  expect(row).toMatchObject({ metadata_uri: 'ipfs://unheard' });
  const everything = { from: null, only: null, stale: false, dryRun: true };
  expect(await chain.command(replayCommand(allProjections), everything)).toMatchObject({
    differences: [],
    tailRows: 0,
  });
}, 120_000);

test('explain shows the observation that set a column, and the one that inserted a row', async () => {
  const environment = { DATABASE_URL: chain.databaseUrl };
  const [product, certification] = await chain.query<{ id: string }>(
    `select id from public.products where metadata_uri = 'ipfs://unheard'
     union all select id from public.product_certifications where log_index >= 1000000000`,
  );
  const changed = await runTracechain(['explain', 'products', product?.id ?? ''], { environment });
  expect(changed).toMatchObject({ code: 0, errors: '' });
  expect(changed.output).toMatch(/metadata_uri +ipfs:\/\/unheard/);
  expect(changed.output).toContain(`an observation of the contract’s state after block ${changedIn}`);
  const made = await runTracechain(['explain', 'product_certifications', certification?.id ?? ''], {
    environment,
  });
  expect(made).toMatchObject({ code: 0, errors: '' });
  expect(made.output).toContain(`an observation of the contract’s state after block ${changedIn}`);
}, 30_000);

test('a log that the ledger lacks is classified as a missed event', async () => {
  const [log] = await chain.query<{ block_number: string; log_index: number; id: string }>(
    `select block_number, log_index, id from public.checkpoints order by block_number desc limit 1`,
  );
  await chain.tamper(
    `delete from ledger.logs where block_number = ${log?.block_number} and log_index = ${log?.log_index}`,
    `update ledger.blocks set log_count = log_count - 1 where number = ${log?.block_number}`,
    `delete from public.traceability_chain where checkpoint_id = '${log?.id}'`,
    `delete from public.checkpoints where id = '${log?.id}'`,
  );
  const { findings } = await chain.audit({ areas: ['products'] });
  const missed = findings.filter((finding) => finding.class === 'missed event');
  expect(missed.map(({ table, field }) => `${table}.${field}`)).toContain('checkpoints.null');
  expect(missed[0]?.evidence).toContain(`block ${log?.block_number}`);
}, 60_000);
