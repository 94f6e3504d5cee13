/** The context of an audit, once its block and contracts are known. */
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader } from '../rpc/types.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { AreaAudit } from './expectations/area-audit.ts';
import type { StateReader } from './expectations/state-reads.ts';
import type { StoredAt, StoredRows } from './rows/stored-rows.ts';
import type { Pool } from 'pg';
import type { PlacedObservation } from '../ledger/observations.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Area } from '../projection/projection.ts';
import type { WantedBlock } from './rows/pinned-block.ts';

export interface AuditContext {
  readonly chainId: number;
  readonly projections: ProjectionSet;
  readonly areas: readonly AreaAudit[];
  readonly contracts: ContractSet;
  /** The contracts that are read. */
  readonly audited: readonly IndexedContract[];
  readonly block: BlockHeader;
  readonly at: StoredAt;
  /** The tables as of the block. */
  readonly stored: StoredRows;
  readonly node: ChainNode;
  readonly reader: StateReader;
  /** Readers of the other nodes, which are compared with the first. */
  readonly otherReaders: readonly StateReader[];
  /** Whether to read the data that a repair needs as well. */
  readonly observes: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface AuditOptions {
  readonly subject: AuditSubject;
  readonly pool: Pool;
  /** The audit uses the first node. It queries the others only if the first contradicts the ledger. */
  readonly nodes: readonly [ChainNode, ...ChainNode[]];
  readonly chainId: number;
  readonly at: WantedBlock;
  /** Null for all areas. */
  readonly areas: readonly Area[] | null;
  /** Reads every entity and folds the whole ledger, regardless of earlier audits. */
  readonly isFull: boolean;
  /** The number of unchanged entities that an incremental audit reads again. Null for the default share. */
  readonly sample: number | null;
  /** Whether the audit and its findings are stored in the ledger, which requires the privilege to write there. */
  readonly isRecorded: boolean;
  /** The initiator: `schedule` or `command`. */
  readonly startedBy: string;
  /** Null if every call is sent separately. */
  readonly multicall3: Address | null;
  readonly maximumReadBytes: number;
  /**
   * Called with the observations that a repair would record, if they are wanted, and the recorded audit's id (null if it is not recorded).
   */
  readonly onObserved?: (observations: readonly PlacedObservation[], runId: number | null) => void;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}

export interface AuditSubject {
  readonly projections: ProjectionSet;
  /** One per area, in the order of the report. */
  readonly audits: readonly AreaAudit[];
}
