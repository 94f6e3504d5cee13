/**
 * The logs that ingest has just appended, until the projection takes them: what this process has in memory needn't be read back.
 *
 * A block's hash says which logs it has, so they are the ledger's whatever branch the chain goes over to; and the ledger has
 * all of them, so any may be let go.
 */
import type { RawLog } from '../../rpc/types.ts';
import type { BlockWithLogs } from '../../ledger/batch.ts';
import type { Hash } from '../../../primitives/hex.ts';

export class FreshLogs {
  readonly #maximumLogs: number;
  /** In the order in which they were appended. */
  readonly #byBlock = new Map<Hash, readonly RawLog[]>();
  #count = 0;

  constructor(maximumLogs: number) {
    this.#maximumLogs = maximumLogs;
  }

  /** Keeps as many as there is room for; those that come first are wanted first. */
  add(blocks: readonly BlockWithLogs[]): void {
    for (const { header, logs } of blocks) {
      if (logs.length === 0 || this.#byBlock.has(header.hash)) continue;
      if (this.#count + logs.length > this.#maximumLogs) return;
      this.#byBlock.set(header.hash, logs);
      this.#count += logs.length;
    }
  }

  /** A block's logs, once; what was appended before it is let go, since it isn't wanted any more or its branch was left. */
  take(blockHash: Hash): readonly RawLog[] | undefined {
    const taken = this.#byBlock.get(blockHash);
    if (taken === undefined) return undefined;
    for (const [hash, logs] of this.#byBlock) {
      this.#byBlock.delete(hash);
      this.#count -= logs.length;
      if (hash === blockHash) break;
    }
    return taken;
  }
}
