/**
 * Where blocks come from: a range query for what is final, block by block hash for what isn't. Near the head a number may
 * mean two blocks, and a lagging node answers a number that it hasn't reached with an empty list; a hash it either knows or refuses.
 */
import { bloomBitsOf, bloomMayContain, bloomOf } from '../../chain/bloom.ts';
import { verifyHeadersChain } from '../../chain/completeness.ts';
import { getHeaders } from '../../chain/headers.ts';
import { getLogsByBlockHash, type LogFilter } from '../../chain/logs.ts';
import type { ChainNode } from '../../chain/node.ts';
import { fetchLogs, type RangeMemory } from '../../chain/range-fetcher.ts';
import type { BlockHeader, CompletenessLevel, RawLog } from '../../chain/types.ts';
import { topicsOf } from '../../contracts/decode-batch.ts';
import type { IndexedContract } from '../../contracts/kind.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { BlockSource } from './gather.ts';

export interface SourceSettings {
  readonly node: ChainNode;
  readonly completeness: CompletenessLevel;
  readonly ranges: RangeMemory;
  readonly signal: AbortSignal;
}

/** With more addresses than this, a query names topics instead and the answer is filtered here: nodes bound the list. */
const mostAddressesInQuery = 200;

/** A range that is final. */
export async function finalRange(settings: SourceSettings, range: BlockRange): Promise<BlockSource> {
  const options = { signal: settings.signal };
  const headers = settings.completeness === 'logs' ? null : await getHeaders(settings.node, range, options);
  if (headers !== null) verifyHeadersChain(headers);
  return {
    range,
    headers,
    logs: async (contracts) =>
      await fetchLogs(settings.node, range, filterOf(contracts), settings.ranges, options),
    headersOf: async (blockNumbers) => await getHeaders(settings.node, blockNumbers, options),
  };
}

/** Blocks near the head, whose headers are at hand and form one chain. */
export function headBlocks(
  settings: SourceSettings,
  headers: readonly [BlockHeader, ...BlockHeader[]],
): BlockSource {
  const range = { from: headers[0].number, to: (headers.at(-1) ?? headers[0]).number };
  return {
    range,
    headers,
    logs: async (contracts) => await logsByHash(settings, headers, contracts),
    headersOf: async (blockNumbers) => headers.filter(({ number }) => blockNumbers.includes(number)),
  };
}

async function logsByHash(
  settings: SourceSettings,
  headers: readonly BlockHeader[],
  contracts: readonly IndexedContract[],
): Promise<RawLog[]> {
  const bits = contracts.map(({ address }) => bloomBitsOf(address));
  // A bloom that excludes every address answers for the node; only at this level are blooms known to be sound.
  const worthAsking = headers.filter(({ logsBloom }) => {
    if (settings.completeness !== 'bloom') return true;
    const bloom = bloomOf(logsBloom);
    return bits.some((one) => bloomMayContain(bloom, one));
  });
  const hashes = worthAsking.map(({ hash }) => hash);
  return (
    await getLogsByBlockHash(settings.node, hashes, filterOf(contracts), { signal: settings.signal })
  ).flat();
}

function filterOf(contracts: readonly IndexedContract[]): LogFilter {
  if (contracts.length <= mostAddressesInQuery) return { addresses: contracts.map(({ address }) => address) };
  return { topics: [topicsOf(contracts.map(({ kind }) => kind))] };
}
