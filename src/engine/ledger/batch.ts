/** The ledger's input: blocks with the logs of indexed contracts, and the reads recorded for them. */
import type { BlockHeader, BlockReference, RawLog, ReadRequest, ReadResult } from '../rpc/types.ts';

export { requestKey, type RequestKey } from '../rpc/types.ts';

export interface BlockWithLogs {
  readonly header: BlockHeader;
  /** The logs of indexed contracts, in log order. */
  readonly logs: readonly RawLog[];
}

/** A read at one block, with its result. */
export interface RecordedRead {
  readonly block: BlockReference;
  readonly request: ReadRequest;
  readonly result: ReadResult;
}
