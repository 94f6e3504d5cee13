/**
 * The result of an audit. It is printed, stored in `ledger.audit_runs`, and included in the report. It is plain JSON: amounts and uint256
 * are decimal text, times are ISO 8601.
 */
import type { BlockReference } from '../../rpc/types.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { Area } from '../../projection/projection.ts';

/** Why a value is wrong. docs/audit.md describes how each class is determined. */
const findingClasses = [
  'missed event',
  'wrong projection',
  'changed without an event',
  'ledger altered',
  'application wrote a chain column',
  'node disagrees with another node',
  'state unavailable',
  'undecoded',
  'not confirmable',
] as const;
export type FindingClass = (typeof findingClasses)[number];

/** A value in the format of findings. Null for NULL, and for a missing row or entity. */
export type ShownValue =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | { readonly [key: string]: unknown };

/** The position of a log. */
export interface LogPlace {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  readonly transactionHash: Hash;
  readonly logIndex: number;
}

/** When a value changed on the chain: in the block `upTo` if `after` is the block before it, otherwise in one of the blocks in between. */
export interface ChangeInterval {
  /** The last block at which the contract was seen with the old value. */
  readonly after: number;
  /** The first block at which it was seen with another value. */
  readonly upTo: number;
}

export interface Finding {
  readonly area: Area;
  /** The table's name in the database. */
  readonly table: string;
  /** The row's id, or null if it is unknown. */
  readonly rowId: Uuid | null;
  /** A description for people: `product 12 of 0x…`. */
  readonly entity: string;
  readonly contract: Address | null;
  /** The column, or null if the whole row is missing or extra. */
  readonly field: string | null;
  readonly class: FindingClass;
  /** The contract's answer at the audited block. Also null if no contract keeps the value (see `isChainKept`). */
  readonly chainValue: ShownValue;
  /** Whether a contract keeps this value as state, so that `chainValue` is its answer. */
  readonly isChainKept: boolean;
  /** The value that the ledger's logs and reads fold to. */
  readonly ledgerValue: ShownValue;
  readonly databaseValue: ShownValue;
  readonly block: number;
  /** The last log that changed the row. */
  readonly lastLog: LogPlace | null;
  /** The time of a change without an event. Null for other classes. */
  readonly changed: ChangeInterval | null;
  /** The evidence for the class, in one sentence. */
  readonly evidence: string;
}

/** A contract whose state was not read, with the reason. */
export interface SkippedContract {
  readonly address: Address;
  readonly kind: string;
  readonly reason: string;
}

/** A table of the audited areas that no contract confirms. Its rows are compared only with the fold of the ledger. */
export interface NotAuditedTable {
  /** The table's name in the database. */
  readonly table: string;
  readonly reason: string;
}

/** An invariant over several rows. Its violation is also a finding, unless a finding about one of those rows explains it. */
export interface InvariantResult {
  readonly name: string;
  readonly contract: Address | null;
  /** `not checked`: a contract did not answer, which is also a finding, or the node does not have the state of the block. */
  readonly status: 'holds' | 'broken' | 'not checked';
  /** Whether the status is `holds`. */
  readonly holds: boolean;
  readonly detail: string;
}

export type AuditMode = 'full' | 'incremental';

/** The audited part of the chain. */
export interface AuditScope {
  readonly mode: AuditMode;
  /** The areas: all of them unless `--only` selected some. */
  readonly areas: readonly Area[];
  /** For an incremental audit: the block of the clean audit that it continues. */
  readonly since: number | null;
  /** For an incremental audit: the number of runs until every entity has been read again. */
  readonly runsUntilAllAreRead: number | null;
}

export interface AuditResult {
  readonly chainId: number;
  readonly block: number;
  readonly blockHash: Hash;
  /** The audited block's time, in ISO 8601. */
  readonly blockTime: string;
  readonly scope: AuditScope;
  /** Entities whose state was read from contracts. */
  readonly entities: number;
  /** Rows compared. */
  readonly rows: number;
  /** Values compared, with the contracts' answers or with the fold of the ledger. */
  readonly fields: number;
  readonly contracts: number;
  readonly skippedContracts: readonly SkippedContract[];
  /** All other tables of the audited areas are compared with contracts. */
  readonly notAudited: readonly NotAuditedTable[];
  readonly findings: readonly Finding[];
  readonly invariants: readonly InvariantResult[];
  /** By table: the digest of its chain-derived rows. Null if it was not computed. */
  readonly digests: Readonly<Record<string, string>> | null;
  readonly startedAt: string;
  readonly seconds: number;
}

/** The audited block in the form that the parts of an audit share. */
export type AuditedBlock = BlockReference & { readonly timestamp: bigint };
