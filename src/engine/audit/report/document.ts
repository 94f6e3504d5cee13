/** What an auditor hands on: one document, signed as a whole, which names everything that it rests on. */
import type { Address, Hash } from '../../../primitives/hex.ts';
import type { Coverage } from '../../history/coverage.ts';
import type { LedgerProof } from '../prove/prove.ts';
import type { AuditResult } from '../findings/result.ts';

export const reportFormat = 'tracechain-audit-report/1';

export interface ReportedContract {
  readonly address: Address;
  readonly kind: string;
  readonly startBlock: number;
  readonly factory: Address | null;
  /** keccak-256 of its code at the audited block; null where the node no longer has that state. */
  readonly codeHash: Hash | null;
}

export interface ReportedVersions {
  readonly tracechain: string;
  readonly node: string;
  readonly postgresql: string;
  /** How many migrations the database has, and the SHA-256 of the last one's file. */
  readonly schema: { readonly migrations: number; readonly lastSha256: string };
  /** What the chain's node says it is; null where it doesn't say. */
  readonly chainClient: string | null;
  /** Of each area's projection. */
  readonly projections: Readonly<Record<string, number>>;
}

export interface AuditReport {
  readonly format: typeof reportFormat;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly chain: {
    readonly chainId: number;
    readonly genesisHash: Hash;
    readonly block: number;
    readonly blockHash: Hash;
    /** Which node answered, its secrets masked. */
    readonly node: string;
  };
  readonly contracts: readonly ReportedContract[];
  readonly audit: AuditResult;
  /** Null where the ledger wasn't proven against the headers. */
  readonly proof: LedgerProof | null;
  readonly coverage: Coverage;
  /** Of the chain-derived tables as of the audited block; docs/digest.md defines it. */
  readonly digest: {
    readonly rows: number;
    readonly sha256: string;
    readonly tables: readonly { readonly table: string; readonly rows: number; readonly sha256: string }[];
  };
  readonly versions: ReportedVersions;
  /** SHA-256 of the report before this one about this database; null for the first, and where none is kept. */
  readonly previousReport: string | null;
}

/** The file: the report, and who vouches for it. */
export interface SignedReport {
  readonly report: AuditReport;
  /** In hex: SHA-256 of the report's canonical form (RFC 8785). */
  readonly sha256: string;
  /** In hex: Ed25519 over the report's canonical form. */
  readonly signature: string;
  /** PEM: to be compared with the one that the operator handed over, for anyone can make another. */
  readonly publicKey: string;
}
