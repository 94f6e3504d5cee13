import { getTableColumns, getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import {
  chainColumns,
  chainTableNames as names,
  chainTables,
  digestColumns,
  journaledColumns,
} from '../../src/db/ownership.ts';
import { tablesInOrder } from './rows.ts';

describe('the chain-derived tables', () => {
  it('are all that carry provenance', () => {
    const withProvenance = tablesInOrder().filter(
      (table) => 'inexactColumns' in getTableColumns<PgTable>(table),
    );
    expect(names.map((name) => getTableName(chainTables[name].table)).sort()).toEqual(
      withProvenance.map((table) => getTableName(table)).sort(),
    );
  });

  it('come after the tables that they refer to', () => {
    const order = names.map((name): PgTable => chainTables[name].table);
    const tooLate = order.flatMap((table, position) =>
      getTableConfig(table)
        .foreignKeys.map((key) => key.reference().foreignTable)
        .filter((parent) => order.indexOf(parent) >= position)
        .map((parent) => `${getTableName(parent)} after ${getTableName(table)}`),
    );
    expect(tooLate).toEqual([]);
  });

  /** Written out, because journals of databases out there have these numbers: they may grow, never change. */
  it('keep their numbers in the journal', () => {
    expect(Object.fromEntries(names.map((name) => [name, chainTables[name].id]))).toEqual({
      products: 1,
      productStakeholders: 2,
      checkpoints: 3,
      traceabilityChain: 4,
      traceTokenTransactions: 5,
      tokenBalances: 6,
      vestingSchedules: 7,
      stakingPools: 8,
      userStakes: 9,
      tracePoints: 10,
      complianceStandardSupport: 11,
      complianceRules: 12,
      nftCertificates: 13,
      certificateCodes: 14,
      certificateVerifications: 15,
      productCertifications: 16,
      complianceCheckpoints: 17,
      paymentContracts: 18,
      paymentMilestones: 19,
      paymentDisputes: 20,
      escrowTransactions: 21,
      systemEvents: 22,
      factoryContracts: 23,
    });
  });
});

describe('the columns', () => {
  it('that the fold writes leave out what is others’', () => {
    const others = names.flatMap((name) => {
      const written = chainColumns(name);
      return Object.keys(getTableColumns<PgTable>(chainTables[name].table))
        .filter((column) => !(column in written))
        .map((column) => `${name}.${column}`);
    });
    expect(others.sort()).toEqual([
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
    ]);
  });

  it('that the journal keeps leave out what the application may change afterwards', () => {
    expect('role' in chainColumns('productStakeholders')).toBe(true);
    expect('role' in journaledColumns('productStakeholders')).toBe(false);
  });

  it('of the digest leave out when a row was touched', () => {
    expect('updatedAt' in journaledColumns('products')).toBe(true);
    expect('updatedAt' in digestColumns('products')).toBe(false);
  });

  it('that the fold writes are enough: what it leaves out may be null or has a default', () => {
    const missing = names.flatMap((name) => {
      const written = chainColumns(name);
      return Object.entries(getTableColumns<PgTable>(chainTables[name].table))
        .filter(([property, column]) => !(property in written) && column.notNull && !column.hasDefault)
        .map(([property]) => `${name}.${property}`);
    });
    expect(missing).toEqual([]);
  });
});
