/** What the ledger has of final blocks, held against what a node says of them now: pure. */
import { haltedFix } from './chains.ts';
import type { BlockReference, RawLog } from '../rpc/types.ts';
import type { KnownLedgerBlock } from './final-blocks.ts';
import { TraceChainError } from '../../primitives/errors.ts';

/** (Not an interface: as a type it may be kept as JSON.) */
export type Difference = {
  /**
   * `other-block`: the chain has another block of this number. `missing-log`: the ledger lacks a log that the chain has.
   * `extra-log`: it has one that the chain doesn't. `other-log`: the same log says something else.
   */
  readonly what: 'other-block' | 'missing-log' | 'extra-log' | 'other-log';
  readonly blockNumber: number;
  /** The ledger's block; null where it has none. */
  readonly blockHash: string | null;
  readonly logIndex: number | null;
  readonly address: string | null;
};

/** The ledger and a node disagree about a final block. */
export class FinalDifferenceError extends TraceChainError {
  override readonly name = 'FinalDifferenceError';
  readonly difference: Difference;

  constructor(chainId: number, node: string, difference: Difference) {
    const { what, blockNumber, logIndex } = difference;
    const log = logIndex === null ? '' : `, log ${logIndex}`;
    super(
      `final block ${blockNumber}${log} of chain ${chainId} isn't what the ledger has (${what}), says the node ${node}`,
      {
        code: 'sync/final-difference',
        fix: `The daemon has stopped writing. ${haltedFix} Logs that the ledger lacks or has otherwise are put right before that, by npx tracechain replay --refetch --mend.`,
        place: { chainId, blockNumber },
      },
    );
    this.difference = difference;
  }
}

/**
 * The first difference, or null where there is none. `headers` are those of all blocks of the range, or, where the ledger keeps only some
 * (level `logs`), of those; `logs` are the indexed contracts' as the node tells them now, proven as far as the level goes.
 */
export function differenceOf(
  kept: readonly KnownLedgerBlock[],
  headers: readonly BlockReference[],
  logs: readonly RawLog[],
): Difference | null {
  const keptByNumber = new Map(kept.map((block) => [block.number, block]));
  const logsByBlock = Map.groupBy(logs, ({ blockNumber }) => blockNumber);
  for (const { number, hash } of headers) {
    const ours = keptByNumber.get(number);
    // Taken at the level `logs`, which keeps blocks with logs alone: logs in this one would be strays.
    if (ours === undefined) continue;
    if (ours.hash !== hash) return differenceAt('other-block', number, ours);
    const log = differenceOfLogs(ours, logsByBlock.get(number) ?? []);
    if (log !== null) return log;
    logsByBlock.delete(number);
  }
  const [stray] = [...logsByBlock.values()].flat();
  return stray === undefined ? null : differenceAt('missing-log', stray.blockNumber, null, stray);
}

function differenceOfLogs(ours: KnownLedgerBlock, theirs: readonly RawLog[]): Difference | null {
  const known = new Map(ours.logs.map((log) => [log.logIndex, log]));
  for (const log of theirs) {
    const same = known.get(log.logIndex);
    if (same === undefined) return differenceAt('missing-log', ours.number, ours, log);
    if (!isSame(same, log)) return differenceAt('other-log', ours.number, ours, log);
    known.delete(log.logIndex);
  }
  const [extra] = known.values();
  return extra === undefined ? null : differenceAt('extra-log', ours.number, ours, extra);
}

function isSame(a: RawLog, b: RawLog): boolean {
  return (
    a.address === b.address &&
    a.data === b.data &&
    a.transactionHash === b.transactionHash &&
    a.transactionIndex === b.transactionIndex &&
    a.topics.length === b.topics.length &&
    a.topics.every((topic, index) => topic === b.topics[index])
  );
}

function differenceAt(
  what: Difference['what'],
  blockNumber: number,
  block: BlockReference | null,
  log?: RawLog,
): Difference {
  return {
    what,
    blockNumber,
    blockHash: block?.hash ?? null,
    logIndex: log?.logIndex ?? null,
    address: log?.address ?? null,
  };
}
