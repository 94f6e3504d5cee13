/**
 * All that the chain said in a run of blocks: the logs of every watched contract, those of children born in it included,
 * proven complete, with the reads that the events need. Only where logs and headers come from differs between backfill and head.
 */
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader, CompletenessLevel, RawLog } from '../rpc/types.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { RecordedRead, BlockWithLogs } from '../ledger/batch.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { collectReads, type ReadSettings } from './collect-reads.ts';
import { type DiscoveredContract, discoverChildren } from './discover.ts';
import { proveComplete } from './prove.ts';

export interface GatherSettings extends ReadSettings {
  readonly node: ChainNode;
  readonly completeness: CompletenessLevel;
  readonly signal: AbortSignal;
}

/** Where a run of blocks comes from. */
export interface BlockSource {
  readonly range: BlockRange;
  /** Every block's header, ascending and linked; null at level `logs`, which doesn't fetch them. */
  readonly headers: readonly BlockHeader[] | null;
  /** The logs of these contracts in the range, in any order. */
  logs(contracts: readonly IndexedContract[]): Promise<readonly RawLog[]>;
  /** Headers of single blocks, for level `logs`. */
  headersOf(blockNumbers: readonly number[]): Promise<readonly BlockHeader[]>;
}

export interface Gathered {
  readonly source: BlockSource;
  /** Ascending; the last block of the range is always among them. */
  readonly blocks: readonly BlockWithLogs[];
  readonly reads: readonly RecordedRead[];
  /** Children that were born in these blocks, in the order of their creation. */
  readonly discovered: readonly DiscoveredContract[];
  /** The contracts whose logs are here. */
  readonly contracts: ContractSet;
}

export async function gather(
  settings: GatherSettings,
  source: BlockSource,
  contracts: ContractSet,
): Promise<Gathered> {
  const found = await gatherLogs(settings, source, contracts, contracts.activeIn(source.range));
  const blocks = await blocksOf(source, found.logs);
  const reads = await collectReads(settings, blocks, found.contracts);
  return { source, blocks, reads, discovered: found.discovered, contracts: found.contracts };
}

/** The same blocks again for the contracts that were discovered, in earlier blocks, after these had been gathered. */
export async function gatherMissing(
  settings: GatherSettings,
  gathered: Gathered,
  contracts: ContractSet,
): Promise<Gathered> {
  const missing = contracts
    .activeIn(gathered.source.range)
    .filter(({ address }) => gathered.contracts.get(address) === undefined);
  if (missing.length === 0) return gathered;
  const all = contracts.with(gathered.discovered.map(({ contract }) => contract));
  const found = await gatherLogs(settings, gathered.source, all, missing);
  const logs = [...gathered.blocks.flatMap((block) => block.logs), ...found.logs];
  const newBlocks = await blocksOf(gathered.source, found.logs);
  const reads = await collectReads(settings, newBlocks, found.contracts);
  return {
    source: gathered.source,
    blocks: await blocksOf(gathered.source, logs),
    reads: [...gathered.reads, ...reads],
    discovered: [...gathered.discovered, ...found.discovered],
    contracts: found.contracts,
  };
}

interface FoundLogs {
  readonly logs: readonly RawLog[];
  readonly discovered: readonly DiscoveredContract[];
  readonly contracts: ContractSet;
}

/** Asks until no log tells of a contract whose logs haven't been asked for. */
async function gatherLogs(
  settings: GatherSettings,
  source: BlockSource,
  known: ContractSet,
  first: readonly IndexedContract[],
): Promise<FoundLogs> {
  // Joined and not pushed: a call takes no more than some hundred thousand arguments, and a range may have more logs.
  let logs: readonly RawLog[] = [];
  let discovered: readonly DiscoveredContract[] = [];
  let contracts = known;
  let pending = first;
  while (pending.length > 0) {
    const answered = await source.logs(pending);
    const proven = await proveComplete(settings, source, pending, answered);
    logs = logs.length === 0 ? proven : [...logs, ...proven];
    const children = discoverChildren(proven, contracts);
    discovered = [...discovered, ...children];
    contracts = contracts.with(children.map(({ contract }) => contract));
    pending = children.map(({ contract }) => contract);
  }
  return { logs, discovered, contracts };
}

async function blocksOf(source: BlockSource, logs: readonly RawLog[]): Promise<BlockWithLogs[]> {
  const byBlock = Map.groupBy(logs, (log) => log.blockNumber);
  const headers = source.headers ?? (await source.headersOf(ascending([...byBlock.keys(), source.range.to])));
  return headers.map((header) => ({
    header,
    logs: (byBlock.get(header.number) ?? []).toSorted((left, right) => left.logIndex - right.logIndex),
  }));
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].toSorted((left, right) => left - right);
}
