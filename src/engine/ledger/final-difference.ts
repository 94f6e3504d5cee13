/** Compares the ledger's final blocks with a node's current data. Pure functions. */
import { haltedFix } from './chains.ts';
import type { BlockReference, RawLog } from '../rpc/types.ts';
import type { KnownLedgerBlock } from './final-blocks.ts';
import { TraceChainError } from '../../primitives/errors.ts';

/** (A type alias instead of an interface, so that it can be stored as JSON.) */
export type Difference = {
  /**
   * `other-block`: the chain has another block of this number. `missing-log`: the ledger lacks a log that the chain has. `extra-log`: the
   * ledger has a log that the chain lacks. `other-log`: the contents of a log differ.
   */
  readonly what: 'other-block' | 'missing-log' | 'extra-log' | 'other-log';
  readonly blockNumber: number;
  /** The ledger's block, or null if it has none. */
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
      `final block ${blockNumber}${log} of chain ${chainId} differs between the ledger and the node ${node} (${what})`,
      {
        code: 'sync/final-difference',
        fix: `The daemon has stopped writing. ${haltedFix} To correct missing or different logs, first run npx tracechain replay --refetch --mend.`,
        place: { chainId, blockNumber },
      },
    );
    this.difference = difference;
  }
}

/**
 * The first difference, or null if there is none. `headers` are those of all blocks of the range, or, if the ledger has only some (level
 * `logs`), of those. `logs` are the current logs of the indexed contracts from the node, proven according to the level.
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
    // A block ingested at the level `logs`, at which the ledger stores only blocks with logs. Any logs in it would be reported as missing.
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
