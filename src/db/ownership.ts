/**
 * Who owns which column, written once. What isn't named here is the chain's: the fold writes it, the journal keeps it, a
 * rebuild makes it anew.
 *
 * - `application`: the indexer sets it at creation (`initial`) or never, and a rebuild leaves it alone;
 * - `link`: derived after the fold, because the other row may appear or go at any time;
 * - `confirmation`: says whether the block is final, so that finality changes nothing that the chain said;
 * - `receipt`: filled after finality from the transaction's receipt.
 */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import * as schema from './schema/index.ts';

type OtherOwner =
  | { readonly owner: 'application'; readonly initial: boolean }
  | { readonly owner: 'link' | 'confirmation' | 'receipt' };

const application = { owner: 'application', initial: false } as const;
const initial = { owner: 'application', initial: true } as const;
const link = { owner: 'link' } as const;
const confirmation = { owner: 'confirmation' } as const;
const receipt = { owner: 'receipt' } as const;

/** `id` stands for the table in the journal: it is never given to another table, nor changed. */
function chainTable<
  const Table extends PgTable,
  const Others extends { readonly [Name in keyof Table['$inferSelect']]?: OtherOwner },
>(id: number, table: Table, others: Others) {
  return { id, table, others };
}

/** The chain-derived tables, parents before those that refer to them: the order of inserts; deletes go backwards. */
export const chainTables = {
  products: chainTable(1, schema.products, {}),
  productStakeholders: chainTable(2, schema.productStakeholders, { role: initial }),
  checkpoints: chainTable(3, schema.checkpoints, {}),
  traceabilityChain: chainTable(4, schema.traceabilityChain, { distanceKm: application }),
  traceTokenTransactions: chainTable(5, schema.traceTokenTransactions, {
    status: confirmation,
    confirmedAt: confirmation,
    gasUsed: receipt,
    gasPrice: receipt,
  }),
  tokenBalances: chainTable(6, schema.tokenBalances, {}),
  vestingSchedules: chainTable(7, schema.vestingSchedules, {}),
  stakingPools: chainTable(8, schema.stakingPools, { maxStakeAmount: application }),
  userStakes: chainTable(9, schema.userStakes, {}),
  tracePoints: chainTable(10, schema.tracePoints, {
    sourceProductId: application,
    sourceCheckpointId: application,
    description: application,
    expiresAt: application,
  }),
  complianceStandardSupport: chainTable(11, schema.complianceStandardSupport, {}),
  complianceRules: chainTable(12, schema.complianceRules, {}),
  nftCertificates: chainTable(13, schema.nftCertificates, { productId: link }),
  certificateCodes: chainTable(14, schema.certificateCodes, {}),
  certificateVerifications: chainTable(15, schema.certificateVerifications, {}),
  productCertifications: chainTable(16, schema.productCertifications, { productId: link }),
  complianceCheckpoints: chainTable(17, schema.complianceCheckpoints, { productId: link }),
  paymentContracts: chainTable(18, schema.paymentContracts, { productId: link }),
  paymentMilestones: chainTable(19, schema.paymentMilestones, {}),
  paymentDisputes: chainTable(20, schema.paymentDisputes, {}),
  escrowTransactions: chainTable(21, schema.escrowTransactions, {
    status: confirmation,
    confirmedAt: confirmation,
  }),
  systemEvents: chainTable(22, schema.systemEvents, { processedAt: application }),
  factoryContracts: chainTable(23, schema.factoryContracts, {}),
} as const;

export type ChainTableName = keyof typeof chainTables;

/** Parents first. */
export const chainTableNames: readonly ChainTableName[] = Object.keys(chainTables).filter(
  (name): name is ChainTableName => name in chainTables,
);

type Entry<Name extends ChainTableName> = (typeof chainTables)[Name];
type SelectRow<Name extends ChainTableName> = Entry<Name>['table']['$inferSelect'];

/** The columns that someone else writes; what the fold sets at creation isn't among them. */
type OthersColumn<Name extends ChainTableName> = {
  [Column in keyof Entry<Name>['others']]: Entry<Name>['others'][Column] extends { readonly initial: true }
    ? never
    : Column;
}[keyof Entry<Name>['others']];

/** A row as the fold writes it. */
export type ChainRow<Name extends ChainTableName> = {
  [
    Column in keyof SelectRow<Name> as Column extends OthersColumn<Name> ? never : Column
  ]: SelectRow<Name>[Column];
};

type Columns = Readonly<Record<string, PgColumn>>;

/** The columns that the fold writes, by their property names. */
export function chainColumns(name: ChainTableName): Columns {
  return selectColumns(
    name,
    (owner) => owner === undefined || (owner.owner === 'application' && owner.initial),
  );
}

/** The chain-owned columns: what the journal's images hold and an undo puts back. */
export function journaledColumns(name: ChainTableName): Columns {
  return selectColumns(name, (owner) => owner === undefined);
}

/** What two databases that followed the same chain must agree on. */
export function digestColumns(name: ChainTableName): Columns {
  const { updatedAt: _, ...rest } = journaledColumns(name);
  return rest;
}

function selectColumns(name: ChainTableName, isWanted: (owner: OtherOwner | undefined) => boolean): Columns {
  const { table, others } = chainTables[name];
  const owners: Readonly<Record<string, OtherOwner | undefined>> = others;
  const columns: Columns = getTableColumns<PgTable>(table);
  return Object.fromEntries(Object.entries(columns).filter(([column]) => isWanted(owners[column])));
}
