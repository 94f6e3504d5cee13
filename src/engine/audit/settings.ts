/** What an audit is told, as plain values. */
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
  /** The first answers; the others are asked where it contradicts the ledger. */
  readonly nodes: readonly [ChainNode, ...ChainNode[]];
  readonly chainId: number;
  readonly at: WantedBlock;
  /** Null for all. */
  readonly areas: readonly Area[] | null;
  /** Reads every entity and folds the whole ledger, whatever was audited before. */
  readonly isFull: boolean;
  /** How many entities that nothing has touched an incremental audit reads again; null for the usual share. */
  readonly sample: number | null;
  /** Whether the run and its findings are kept in the ledger; needs the right to write there. */
  readonly isRecorded: boolean;
  /** Who asked: `schedule` or `command`. */
  readonly startedBy: string;
  /** Null where every call goes alone. */
  readonly multicall3: Address | null;
  readonly maximumReadBytes: number;
  /** Given what a repair would enter into the ledger, where that is wanted, and the recorded audit's id; null where it isn't recorded. */
  readonly onObserved?: (observations: readonly PlacedObservation[], runId: number | null) => void;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}
