/** The options of an audit, as plain values. */
import type { Pool } from 'pg';
import type { ChainNode } from '../rpc/node.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Area } from '../projection/projection.ts';
import type { WantedBlock } from './rows/pinned-block.ts';
import type { AuditSubject } from './subject.ts';

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
