/**
 * Rows for every chain-derived table, made by the fold's own `Rows` with the most hostile values that a contract can produce. New tables
 * and columns of the schema are covered automatically.
 */
import { getTableColumns, is } from 'drizzle-orm';
import { getTableConfig, type PgColumn, PgEnumColumn, type PgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { type ChainEvent, TransactionEvents } from '../../../src/engine/contract/events.ts';
import { maximumInstantSeconds } from '../../../src/db/codecs.ts';
import {
  chainColumns,
  chainTable,
  chainTableNames,
  journaledColumns,
  type ChainTableName,
} from '../../../src/engine/tables.ts';
import { complianceStandards } from '../../../src/tracechain/compliance/tables.ts';
import { users } from '../../../src/tracechain/shared/users.ts';
import { toAddress } from '../../../src/primitives/hex.ts';
import { entityId, type Uuid } from '../../../src/primitives/ids.ts';
import type { BatchEffect } from '../../../src/engine/projection/fold.ts';
import type { BatchRows } from '../../../src/engine/projection/rows.ts';
import { addressOf, blockHash, chainId, log } from '../ledger/chain-values.ts';

export const tableNames = chainTableNames();

const nastyTexts = [
  '',
  '\\',
  '\\N',
  '\\.',
  '\\x41',
  'NULL',
  '{}',
  '{"a"}',
  ',',
  '"',
  "'",
  '\t',
  '\n',
  '\r\n',
  '\v\f\b',
  '\0',
  '\ud800',
  '\u007f',
  'a\tb\\tc\nd',
  '\u{1f9ea}\u{10ffff}',
  '\u202e\ufeff',
  '$1 %s --',
  'x'.repeat(20_000),
  '\\'.repeat(500),
];
const text = fc.oneof(
  fc.constantFrom(...nastyTexts),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\\', '"', '{', ',', '\n', '\t', '\r', 'N', ' '), maxLength: 8 }),
);
const largest = 10n ** 78n - 1n;
const number = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 10n ** 18n, 2n ** 256n - 1n, 10n ** 78n - 1n, -largest),
  fc.bigInt({ min: -largest, max: largest }),
);
const instant = fc.oneof(
  fc.constantFrom(0n, 1n, 253_402_300_800n, 8_640_000_000_001n, maximumInstantSeconds),
  fc.bigInt({ min: 0n, max: maximumInstantSeconds }),
);
const decimal = fc.oneof(
  fc.constantFrom('0', '0.0000', '-12.5000', `${largest}.25`),
  fc
    .tuple(number, fc.nat({ max: 9_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(4, '0')}`),
);
/**
 * The keys of documents are names from the code. (V8 13.6's JSON.parse may mistake a key that consists of one escape for another such key.)
 */
const documentKey = fc.stringMatching(/^[a-z_]{1,8}$/);
const leaf = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0),
);
const document = fc.dictionary(
  documentKey,
  fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(documentKey, leaf, { maxKeys: 3 })),
  { maxKeys: 5 },
);

/** A column's values, including null if the column is nullable. */
function valueOf(column: PgColumn): fc.Arbitrary<unknown> {
  const value = givenValueOf(column);
  return column.notNull ? value : fc.option(value, { freq: 4 });
}

function givenValueOf(column: PgColumn): fc.Arbitrary<unknown> {
  if (is(column, PgEnumColumn)) return fc.constantFrom(...column.enumValues);
  switch (column.getSQLType()) {
    case 'text':
      // Addresses and hashes have a type of their own, and names from the code are short.
      if (column.columnType !== 'PgText') return fc.constantFrom(addressOf('one'), addressOf('two'));
      return ['event_type', 'pool_type'].includes(column.name) ? fc.constantFrom('one', 'two') : text;
    case 'text[]':
      return fc.array(text, { maxLength: 4 });
    case 'numeric(78,0)':
    case 'numeric(78,18)':
      return number;
    case 'numeric':
      return decimal;
    case 'timestamp with time zone':
      return column.notNull ? instant : fc.oneof(instant, fc.constant(maximumInstantSeconds + 1n));
    case 'jsonb':
      return document;
    case 'boolean':
      return fc.boolean();
    case 'uuid':
      return fc.uuid();
    case 'bytea':
      return fc.uint8Array({ maxLength: 33 }).map((bytes) => Buffer.from(bytes));
    default:
      throw new Error(`no values for ${column.name} of type ${column.getSQLType()}`);
  }
}

/** The columns that the fold fills itself. */
const filled =
  /^(id|chainId|smartContractAddress|blockNumber|blockHash|transactionHash|logIndex|createdAt|updatedAt|inexactColumns|changed\w+)$/;

/** The target of a column's reference: a user, a standard, or a row of a chain-derived table. */
function targetOf(table: PgTable, column: PgColumn): PgTable | undefined {
  for (const key of getTableConfig(table).foreignKeys) {
    const { columns, foreignTable } = key.reference();
    if (columns.some(({ name }) => name === column.name)) return foreignTable;
  }
  return undefined;
}

function isUnique(table: PgTable, column: PgColumn): boolean {
  return (
    column.isUnique ||
    getTableConfig(table).uniqueConstraints.some(({ columns }) =>
      columns.some(({ name }) => name === column.name),
    )
  );
}

export type Values = Readonly<Record<string, unknown>>;

function valuesOf(
  name: ChainTableName,
  columns: Readonly<Record<string, PgColumn>>,
  wanted: (column: PgColumn) => boolean,
) {
  const { table } = chainTable(name);
  const entries = Object.entries(columns).filter(
    ([property, column]) => !filled.test(property) && targetOf(table, column) === undefined && wanted(column),
  );
  return Object.fromEntries(entries.map(([property, column]) => [property, valueOf(column)]));
}

/** The values of a new row of each table, without references. */
export const newRows: fc.Arbitrary<Readonly<Record<ChainTableName, Values>>> = fc.record(
  Object.fromEntries(
    tableNames.map((name) => [name, fc.record(valuesOf(name, chainColumns(name), () => true))]),
  ) as never,
);

export interface Patch {
  readonly table: ChainTableName;
  readonly row: number;
  readonly values: Values;
}

/** Changes of any rows in any columns that may change and are not keys. */
export const patches: fc.Arbitrary<Patch> = fc.constantFrom(...tableNames).chain((table) => {
  const { table: schema } = chainTable(table);
  const columns = valuesOf(table, journaledColumns(table), (column) => !isUnique(schema, column));
  return fc.record({
    table: fc.constant(table),
    row: fc.nat(),
    values: fc.record(columns, { requiredKeys: [] }) as fc.Arbitrary<Values>,
  });
});

/** The id of a table's row. All rows of one number belong together. */
export function rowId(table: ChainTableName, row: number): Uuid {
  return entityId({ chainId, contract: contractOf(row), table, number: BigInt(row) });
}

const contractOf = (row: number) => toAddress(`0x${row.toString(16).padStart(40, 'c')}`);

/** An event of a contract that has row `row` of every table, so that no two rows conflict in a unique key. */
export function eventOf(blockNumber: number, logIndex: number, row: number): ChainEvent {
  const address = contractOf(row);
  return {
    kind: 'ProductRegistry',
    name: 'ProductUpdated',
    args: {},
    log: log(blockNumber, logIndex, { address }),
    block: {
      chainId,
      number: blockNumber,
      hash: blockHash(blockNumber),
      timestamp: BigInt(blockNumber) * 12n,
    },
    contract: { chainId, address, kind: 'ProductRegistry', startBlock: 0, factory: null, registry: null },
    transaction: new TransactionEvents(),
    answer: undefined,
  };
}

/** Makes row `row` of a table, which refers to the rows of the same number, and to users and a standard of its own. */
export function insertRow(rows: BatchRows, table: ChainTableName, row: number, values: Values): void {
  const schema = chainTable(table).table;
  const references: Record<string, unknown> = {};
  for (const [property, column] of Object.entries<PgColumn>(getTableColumns<PgTable>(schema))) {
    const target = targetOf(schema, column);
    if (!(property in chainColumns(table)) || filled.test(property)) continue;
    if (target === undefined) {
      if (column.columnType !== 'PgText' && column.getSQLType() === 'text' && isUnique(schema, column))
        references[property] = contractOf(row);
    } else if (target === users) references[property] = rows.user(addressOf(`user ${row}`));
    else if (target === complianceStandards) references[property] = rows.standard(`ISO ${row} \\ "x"\n`);
    else
      references[property] = rowId(
        tableNames.find((name) => chainTable(name).table === target) ?? table,
        row,
      );
  }
  rows.insert(table, rowId(table, row), { ...values, ...references });
}

export function effectOf(rows: BatchRows): BatchEffect {
  return {
    changes: rows.changes(),
    users: rows.users(),
    standards: rows.standards(),
    journal: rows.journal(),
    quarantined: [],
    applied: 0,
  };
}

/** All rows up to number `count` of every table: the request of a batch that may change any of them. */
export function wantEverything(count: number) {
  const numbers = Array.from({ length: count }, (_, row) => row);
  return {
    rows: new Map(tableNames.map((name) => [name, new Set(numbers.map((row) => rowId(name, row)))])),
    lookups: new Map(),
  };
}
