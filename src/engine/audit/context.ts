/** The context of an audit, once its block and contracts are known. */
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader } from '../rpc/types.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { ProjectionSet } from '../projection/fold.ts';
import type { AreaAudit } from './expectations/area-audit.ts';
import type { StateReader } from './expectations/state-reads.ts';
import type { StoredAt, StoredRows } from './rows/stored-rows.ts';

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
