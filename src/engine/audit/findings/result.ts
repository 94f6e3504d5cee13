/**
 * What an audit answers: the one value that is printed, kept in `ledger.audit_runs`, and written into the report. All of it is
 * plain JSON: amounts and uint256 are decimal text, times are ISO 8601.
 */
import type { BlockReference } from '../../rpc/types.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { Area } from '../../projection/projection.ts';

/** Why a value isn't what it should be; docs/audit.md says how each is decided. */
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

/** A value as findings show it; null for NULL, and for a row or an entity that isn't there. */
export type ShownValue =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | { readonly [key: string]: unknown };

/** Where a log stands. */
export interface LogPlace {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  readonly transactionHash: Hash;
  readonly logIndex: number;
}

/** When a value changed on the chain: in the last of these blocks where `after` is the one before it, else somewhere among them. */
export interface ChangeInterval {
  /** The last block at which the contract was seen to have the old value. */
  readonly after: number;
  /** The first block at which it was seen to have another. */
  readonly upTo: number;
}

export interface Finding {
  readonly area: Area;
  /** The table as the database names it. */
  readonly table: string;
  /** The row's id; null where there is none and none can be told. */
  readonly rowId: Uuid | null;
  /** What it is, for a person: `product 12 of 0x…`. */
  readonly entity: string;
  readonly contract: Address | null;
  /** The column; null where the whole row is missing or extra. */
  readonly field: string | null;
  readonly class: FindingClass;
  /** What the contract answers at the audited block; null also where no contract keeps it (see `isChainKept`). */
  readonly chainValue: ShownValue;
  /** Whether a contract keeps this value as state, so that `chainValue` is its answer. */
  readonly isChainKept: boolean;
  /** What the ledger's logs and reads fold to. */
  readonly ledgerValue: ShownValue;
  readonly databaseValue: ShownValue;
  readonly block: number;
  /** The last log that touched the row. */
  readonly lastLog: LogPlace | null;
  /** For a change without an event: when. */
  readonly changed: ChangeInterval | null;
  /** What the class was decided by, in a sentence. */
  readonly evidence: string;
}

/** A contract of which no state was read, and why. */
export interface SkippedContract {
  readonly address: Address;
  readonly kind: string;
  readonly reason: string;
}

/** A table of the audited areas whose rows no contract confirms: they are compared with the fold of the ledger alone. */
export interface NotAuditedTable {
  /** As the database names it. */
  readonly table: string;
  readonly reason: string;
}

/** A law over several rows; its violation is a finding as well, unless a finding about one of those rows explains it. */
export interface InvariantResult {
  readonly name: string;
  readonly contract: Address | null;
  /** `not checked`: a contract didn't answer, as a finding says as well, or the node has no state of the block. */
  readonly status: 'holds' | 'broken' | 'not checked';
  /** Whether the status is `holds`. */
  readonly holds: boolean;
  readonly detail: string;
}

export type AuditMode = 'full' | 'incremental';

/** What of the chain was looked at. */
export interface AuditScope {
  readonly mode: AuditMode;
  /** The areas; all of them where `--only` named none. */
  readonly areas: readonly Area[];
  /** For an incremental audit: the block of the clean audit that it goes on from. */
  readonly since: number | null;
  /** For an incremental audit: how many runs it takes until every entity was read again. */
  readonly runsUntilAllAreRead: number | null;
}

export interface AuditResult {
  readonly chainId: number;
  readonly block: number;
  readonly blockHash: Hash;
  /** ISO 8601: the audited block's time. */
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
  /** Every other table of the audited areas is held against contracts. */
  readonly notAudited: readonly NotAuditedTable[];
  readonly findings: readonly Finding[];
  readonly invariants: readonly InvariantResult[];
  /** By table: the digest of its chain-derived rows; null where it wasn't computed. */
  readonly digests: Readonly<Record<string, string>> | null;
  readonly startedAt: string;
  readonly seconds: number;
}

/** An audited block as the parts of an audit hand it on. */
export type AuditedBlock = BlockReference & { readonly timestamp: bigint };
