import { getTableColumns, getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import { insertOrder, withNewTables } from '../../schema-docs/table-numbers.ts';
import {
  chainColumns,
  chainTable,
  chainTableNames,
  digestColumns,
  journaledColumns,
} from '../../src/engine/tables.ts';
import { readMigrationFiles } from '../../src/db/migrations/files.ts';
import { schema } from '../../src/tracechain/index.ts';
import { tableIds } from '../../src/tracechain/index.ts';
import { tablesInOrder } from './rows.ts';

describe('the chain-derived tables', () => {
  it('exactly the chain-derived tables have provenance columns', () => {
    const withProvenance = tablesInOrder().filter(
      (table) => 'inexactColumns' in getTableColumns<PgTable>(table),
    );
    expect(
      chainTableNames()
        .map((name) => getTableName(chainTable(name).table))
        .sort(),
    ).toEqual(withProvenance.map((table) => getTableName(table)).sort());
  });

  it('tables come after the tables that they refer to', () => {
    const order = chainTableNames().map((name): PgTable => chainTable(name).table);
    const tooLate = order.flatMap((table, position) =>
      getTableConfig(table)
        .foreignKeys.map((key) => key.reference().foreignTable)
        .filter((parent) => order.indexOf(parent) >= position)
        .map((parent) => `${getTableName(parent)} after ${getTableName(table)}`),
    );
    expect(tooLate).toEqual([]);
  });

  it('tables keep the ids that released migrations assigned', () => {
    const inserted = readMigrationFiles()
      .flatMap(({ statements }) => statements)
      .filter((statement) => statement.includes('INSERT INTO ledger.chain_tables'))
      .flatMap((statement) => [...statement.matchAll(/\((\d+), '(\w+)'/g)]);
    const given = Object.fromEntries(inserted.map(([, id, name = '']) => [name, Number(id)]));
    expect(given).toMatchObject({ products: 1, factory_contracts: 23 });
    expect(tableIds).toEqual(given);
    expect(new Set(Object.values(tableIds)).size).toBe(Object.keys(tableIds).length);
  });

  it('all tables are in the lock file, in insert order (npm run generate)', () => {
    const kept = Object.keys(tableIds);
    expect(kept.filter((name) => insertOrder(schema, kept).includes(name))).toEqual(
      insertOrder(schema, kept),
    );
  });

  it('new tables get unused ids, existing ones keep theirs, and all are in insert order', () => {
    const ids = { products: 1, gone: 7, checkpoints: 3 };
    const result = withNewTables(ids, ['sensors', 'products', 'readings', 'checkpoints']);
    expect(Object.entries(result)).toEqual([
      ['sensors', 8],
      ['products', 1],
      ['readings', 9],
      ['checkpoints', 3],
      ['gone', 7],
    ]);
  });
});

describe('the columns', () => {
  it('the fold writes no column of another owner', () => {
    const others = chainTableNames().flatMap((name) => {
      const written = chainColumns(name);
      return Object.keys(getTableColumns<PgTable>(chainTable(name).table))
        .filter((column) => !(column in written))
        .map((column) => `${name}.${column}`);
    });
    // The migrations contain the whole list, which audit-trail.test.ts compares. This list detects an accidental change of ownership.
    expect(others).toEqual(
      expect.arrayContaining([
        'complianceCheckpoints.productId',
        'escrowTransactions.confirmedAt',
        'escrowTransactions.status',
        'nftCertificates.productId',
        'paymentContracts.productId',
        'productCertifications.productId',
        'stakingPools.maxStakeAmount',
        'systemEvents.processedAt',
        'tracePoints.description',
        'tracePoints.expiresAt',
        'tracePoints.sourceCheckpointId',
        'tracePoints.sourceProductId',
        'traceTokenTransactions.confirmedAt',
        'traceTokenTransactions.gasPrice',
        'traceTokenTransactions.gasUsed',
        'traceTokenTransactions.status',
        'traceabilityChain.distanceKm',
      ]),
    );
  });

  it('the journal excludes columns that the application may change later', () => {
    expect('role' in chainColumns('productStakeholders')).toBe(true);
    expect('role' in journaledColumns('productStakeholders')).toBe(false);
  });

  it('the digest excludes the columns that record when a row changed', () => {
    expect('updatedAt' in journaledColumns('products')).toBe(true);
    expect('updatedAt' in digestColumns('products')).toBe(false);
  });

  it('the columns that the fold does not write are nullable or have a default', () => {
    const missing = chainTableNames().flatMap((name) => {
      const written = chainColumns(name);
      return Object.entries(getTableColumns<PgTable>(chainTable(name).table))
        .filter(([property, column]) => !(property in written) && column.notNull && !column.hasDefault)
        .map(([property]) => `${name}.${property}`);
    });
    expect(missing).toEqual([]);
  });
});
