/** What the ledger takes in: blocks with the logs of the indexed contracts, and the reads that were made for them. */
import type { BlockHeader, BlockReference, RawLog, ReadRequest, ReadResult } from '../rpc/types.ts';

export { requestKey, type RequestKey } from '../rpc/request-key.ts';

export interface BlockWithLogs {
  readonly header: BlockHeader;
  /** The logs of indexed contracts, in log order. */
  readonly logs: readonly RawLog[];
}

/** A read with what it gave, at one block. */
export interface RecordedRead {
  readonly block: BlockReference;
  readonly request: ReadRequest;
  readonly result: ReadResult;
}
