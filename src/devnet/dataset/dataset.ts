/**
 * A generated dataset: the events and read answers that the contracts of many users' supply chains would give, in any number, the same
 * for the same seed and without a chain. The texts use the devnet's vocabulary; the real projections make the
 * rows.
 */
import { required } from '../../primitives/errors.ts';
import { seededRandom } from '../activity/random.ts';
import { certificateHappenings } from './certificates.ts';
import type { GeneratedBlock } from './event-log.ts';
import { complianceHappenings, openCompliance } from './compliance.ts';
import { paymentHappenings } from './payments.ts';
import { productHappenings } from './products.ts';
import { openToken, tokenHappenings } from './tokens.ts';
import { type Happening, type DatasetContracts, newWorld } from './world.ts';

export interface DatasetOptions {
  readonly seed: number;
  /** Minimum number of events: about one row each, over all tables. */
  readonly events: number;
  readonly chainId: number;
  /** Timestamp of the first block, in Unix seconds. */
  readonly genesisTime?: bigint;
  readonly eventsPerBlock?: number;
  readonly secondsPerBlock?: number;
}

export interface Dataset {
  readonly contracts: DatasetContracts;
  /** Generated lazily, and iterable once. */
  readonly blocks: Iterable<GeneratedBlock>;
}

/** The greatest chain id that EIP-2294 allows: no real chain has it. */
export const generatedChainId = 4_503_599_627_370_476;

/** 2026-01-01 00:00 UTC. */
const defaultGenesisTime = 1_767_225_600n;
const defaultEventsPerBlock = 50;
const defaultSecondsPerBlock = 7200;

/** The approximate number of events per user. */
const eventsPerPerson = 40;
const fewestPeople = 25;

const happenings: readonly Happening[] = [
  ...productHappenings,
  ...certificateHappenings,
  ...tokenHappenings,
  ...paymentHappenings,
  ...complianceHappenings,
];

export function generateDataset(options: DatasetOptions): Dataset {
  const { seed, events, chainId, genesisTime: time = defaultGenesisTime } = options;
  const { eventsPerBlock = defaultEventsPerBlock, secondsPerBlock = defaultSecondsPerBlock } = options;
  const random = seededRandom(seed);
  const people = Math.max(fewestPeople, Math.round(events / eventsPerPerson));
  const world = newWorld(random, { chainId, name: `life ${seed}`, people, time });

  function* blocks(): Generator<GeneratedBlock> {
    openToken(world);
    openCompliance(world);
    let made = 0;
    for (;;) {
      const block = world.chronicle.closeBlock(secondsPerBlock);
      made += block.events.length;
      yield block;
      if (made >= events) return;
      while (world.chronicle.eventCount < eventsPerBlock)
        choose(random.integer(1, thousandths)).happen(world);
    }
  }
  return { contracts: world.contracts, blocks: blocks() };
}

/** Cumulative weights in thousandths, computed once, so that a choice is one draw and one search. */
const bounds: number[] = [];
const thousandths = happenings.reduce((sum, { weight }) => {
  const bound = sum + Math.round(weight * 1000);
  bounds.push(bound);
  return bound;
}, 0);

function choose(drawn: number): Happening {
  return required(happenings[bounds.findIndex((bound) => drawn <= bound)], 'something that happens');
}
