/**
 * Caches the logs that ingest has just appended until the projection takes them, which avoids reading them
 * back.
 *
 * A block's hash determines its logs, so the cache is valid on any branch. The ledger has all of them, so any
 * entry may be dropped.
 */
import type { RawLog } from '../../rpc/types.ts';
import type { BlockWithLogs } from '../../ledger/batch.ts';
import type { Hash } from '../../../primitives/hex.ts';

/** A cache of logs by block hash, bounded by the number of logs. */
export class FreshLogs {
  readonly #maximumLogs: number;
  /** In append order. */
  readonly #byBlock = new Map<Hash, readonly RawLog[]>();
  #count = 0;

  constructor(maximumLogs: number) {
    this.#maximumLogs = maximumLogs;
  }

  /** Caches as many blocks as fit. The first ones have priority, because they are needed first. */
  add(blocks: readonly BlockWithLogs[]): void {
    for (const { header, logs } of blocks) {
      if (logs.length === 0 || this.#byBlock.has(header.hash)) continue;
      if (this.#count + logs.length > this.#maximumLogs) return;
      this.#byBlock.set(header.hash, logs);
      this.#count += logs.length;
    }
  }

  /**
   * Returns a block's logs once. Drops everything appended before it, which is no longer needed or is
   * orphaned.
   */
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
