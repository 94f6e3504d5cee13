/** Every chain-derived table declares its audit, and contracts actually confirm the tables that declare so. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  entityKindsOf,
  listNotAudited,
  tablesOf,
} from '../../../src/engine/audit/expectations/area-audit.ts';
import type { EveryTablesAudit } from '../../../src/engine/audit/expectations/area-audit.ts';
import { allAreas, tableAudits } from '../../../src/tracechain/audits.ts';
import type { Reference } from '../../../src/engine/audit/expectations/entity-kind.ts';
import { readEntities } from '../../../src/engine/audit/expectations/entity-pass.ts';
import { type Entity, KnownEntities } from '../../../src/engine/audit/expectations/known-entities.ts';
import { foldLedger, ShadowRows } from '../../../src/engine/audit/rows/shadow-fold.ts';
import { createStateReader, type StateReader } from '../../../src/engine/audit/expectations/state-reads.ts';
import { readEntity } from '../../../src/engine/audit/expectations/watched-read.ts';
import { headerByNumber } from '../../../src/engine/chain/headers.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import { createPool, withClient } from '../../../src/db/client.ts';
import { chainColumns, chainTableNames, type ChainTableName } from '../../../src/engine/tables.ts';
import { listContracts } from '../../../src/engine/ledger/contracts.ts';
import type { Hash } from '../../../src/primitives/hex.ts';
import type { Uuid } from '../../../src/primitives/ids.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import type { AnyRow } from '../../../src/engine/projection/entity.ts';
import { multicall3Address } from '../../../contracts-fixtures/deploy.ts';
import { auditPage } from '../../../src/cli/audit/html.ts';
import { formatAudit } from '../../../src/cli/audit/table.ts';
import { tableNameOf } from '../../../src/engine/audit/expectations/row-values.ts';
import { devnetAreas, devnetTables } from '../../support/devnet-areas.ts';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;
const shadow = new ShadowRows(allProjections.lookups);
let entities: readonly Entity[] = [];
let reader: StateReader;
let blockHash: Hash;

beforeAll(async () => {
  chain = await startAuditedChain(47, 300);
  const { chainId, databaseUrl, devnet } = chain;
  const node = createNode({ url: devnet.anvil.rpcUrl });
  reader = createStateReader(node, { maximumBytes: 1_000_000, multicall3: multicall3Address });
  const { block } = await chain.audit();
  blockHash = (await headerByNumber(node, block)).hash;
  const pool = createPool({
    connectionString: databaseUrl,
    applicationName: 'tracechain audit test',
    onConnectionError: () => undefined,
  });
  const known = new KnownEntities(allAreas);
  await withClient(pool, async (client) => {
    const contracts = new ContractSet(await listContracts(client, chainId));
    await foldLedger(client, shadow, {
      chainId,
      contracts,
      projections: allProjections,
      after: -1,
      upTo: block,
      onEvent: (event) => known.tell(event),
      onMiscounted: () => undefined,
    });
    for (const table of chainTableNames())
      for (const row of shadow.table(table).values())
        known.addRow(table, row, { reference: shadow, walletOf: () => null });
    entities = [...contracts].flatMap((contract) => known.of(contract));
  });
  await pool.end();
}, 120_000);

afterAll(async () => await chain.close());

const isConfirmed = (table: ChainTableName): boolean => !('reason' in tableAudits[table]);

/** The tables that some contract of the chain confirms, in the order of inserts. */
const confirmedTables = chainTableNames().filter((table) => devnetTables.has(table) && isConfirmed(table));

test('exactly one area declares each chain-derived table', () => {
  expect(allAreas.flatMap(tablesOf).toSorted()).toEqual(chainTableNames().toSorted());
});

test('a table that no area declares is a type error', () => {
  const { tokenBalances, ...others } = tableAudits;
  // @ts-expect-error The table’s audit is missing.
  const incomplete: EveryTablesAudit = others;
  // @ts-expect-error An empty list confirms nothing.
  const unconfirmed: EveryTablesAudit = { ...tableAudits, tokenBalances: [] };
  expect([tokenBalances, incomplete, unconfirmed]).toHaveLength(3);
});

test('a table is either confirmed by entities of contracts or listed with the reason why it is not', () => {
  const unconfirmed = chainTableNames().filter((table) => !isConfirmed(table));
  const listed = listNotAudited(allAreas);
  expect(listed.map(({ table }) => table).toSorted()).toEqual(unconfirmed.map(tableNameOf).toSorted());
  expect(listed.every(({ reason }) => reason.length > 20)).toBe(true);
  expect(devnetAreas.every(({ audit }) => entityKindsOf(audit).length > 0)).toBe(true);
  // Each of these was a decision; a table of the devnet's contracts must not leave the audit unnoticed.
  expect(
    unconfirmed
      .filter((table) => devnetTables.has(table))
      .map(tableNameOf)
      .toSorted(),
  ).toEqual(['escrow_transactions', 'system_events', 'trace_token_transactions']);
});

test('the contract’s answer reveals a falsified row of each confirmed table', async () => {
  const expected = await someClaimedRows();
  for (const table of confirmedTables) {
    const id = expected.get(table) ?? [...shadow.table(table).keys()][0];
    if (id === undefined) throw new Error(`${table} has no row to falsify`);
    const reference = falsifying(table, id);
    const pass = await readEntities(entities, {
      reader,
      blockHash,
      reference,
      tables: new Set([table]),
    });
    const tables = new Set(pass.contradictions.map(({ expectation }) => expectation.table));
    expect([...tables], table).toEqual([table]);
  }
}, 120_000);

test('no contract has an expectation of the tables that are not audited', async () => {
  const answers = await reader.answer(
    blockHash,
    entities.map((entity) => () => readEntity(entity, shadow)),
  );
  const expected = new Set(answers.flatMap(({ expectations }) => expectations.map(({ table }) => table)));
  expect(chainTableNames().filter((table) => expected.has(table))).toEqual(confirmedTables);
}, 60_000);

test('every output lists the tables that no contract confirms', async () => {
  const result = await chain.audit({ areas: ['token', 'products'] });
  expect(result.notAudited).toMatchObject([{ table: 'trace_token_transactions' }]);
  const reason = result.notAudited[0]?.reason ?? 'none';
  for (const text of [formatAudit(result), auditPage(result)]) {
    expect(text).toContain('trace_token_transactions');
    expect(text).toContain(reason);
  }
  const recorded = await chain.audit({ isRecorded: true });
  expect(recorded.notAudited).toEqual(listNotAudited(allAreas));
  expect(await chain.query(`select detail -> 'notAudited' as listed from ledger.audit_runs`)).toEqual([
    { listed: recorded.notAudited },
  ]);
}, 60_000);

/** By table, a row for which a contract has an expectation. */
async function someClaimedRows(): Promise<Map<ChainTableName, Uuid>> {
  const answers = await reader.answer(
    blockHash,
    entities.map((entity) => () => readEntity(entity, shadow)),
  );
  const expected = new Map<ChainTableName, Uuid>();
  for (const { expectations } of answers)
    for (const { table, rowId } of expectations)
      if (rowId !== null && shadow.row(table, rowId) !== undefined) expected.set(table, rowId);
  return expected;
}

/** All rows, of which one has entirely different values. */
function falsifying(table: ChainTableName, id: Uuid): Reference {
  const falsify = (row: AnyRow): AnyRow => (row['id'] === id ? falsified(table, row) : row);
  return {
    row(name, rowId) {
      const row = shadow.row(name, rowId);
      return row === undefined || name !== table ? row : falsify(row);
    },
    where: (name, property, value) =>
      name === table ? shadow.where(name, property, value).map(falsify) : shadow.where(name, property, value),
  };
}

/** The columns that identify a row or its position on the chain. */
const kept = new Set(['id', 'chainId', 'smartContractAddress', 'certificateId', 'userId', 'blockNumber']);

function falsified(table: ChainTableName, row: AnyRow): AnyRow {
  const others = Object.keys(chainColumns(table))
    .filter((property) => !kept.has(property) && !property.startsWith('changed'))
    .map((property) => [property, otherValue(row[property] ?? null)] as const);
  return { ...row, ...Object.fromEntries(others) };
}

function otherValue(value: AnyRow[string]): AnyRow[string] {
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return `${value}x`;
  return value;
}
