/** The audit report: one document, signed as a whole, that names everything that it is based on. */
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
  /** keccak-256 of its code at the audited block, or null if the node no longer has that state. */
  readonly codeHash: Hash | null;
}

export interface ReportedVersions {
  readonly tracechain: string;
  readonly node: string;
  readonly postgresql: string;
  /** The number of applied migrations, and the SHA-256 of the last one's file. */
  readonly schema: { readonly migrations: number; readonly lastSha256: string };
  /** The client version of the chain's node, or null if it sends none. */
  readonly chainClient: string | null;
  /** The projection version of each area. */
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
    /** The node's URL, with its secrets masked. */
    readonly node: string;
  };
  readonly contracts: readonly ReportedContract[];
  readonly audit: AuditResult;
  /** Null if the ledger was not proven against the headers. */
  readonly proof: LedgerProof | null;
  readonly coverage: Coverage;
  /** The digests of the chain-derived tables as of the audited block. docs/digest.md defines them. */
  readonly digest: {
    readonly rows: number;
    readonly sha256: string;
    readonly tables: readonly { readonly table: string; readonly rows: number; readonly sha256: string }[];
  };
  readonly versions: ReportedVersions;
  /** SHA-256 of the previous report about this database. Null for the first report, and if reports are not recorded. */
  readonly previousReport: string | null;
}

/** The file: the report and its signature. */
export interface SignedReport {
  readonly report: AuditReport;
  /** In hex: SHA-256 of the report's canonical form (RFC 8785). */
  readonly sha256: string;
  /** In hex: Ed25519 signature of the report's canonical form. */
  readonly signature: string;
  /** PEM. Compare it with the key that the operator published, because anyone can create a key. */
  readonly publicKey: string;
}
