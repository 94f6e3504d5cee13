/** The devnet's accounts: anvil's unlocked accounts, each with a role. */
import { InvariantError, required } from '../../primitives/errors.ts';
import type { Address } from '../../primitives/hex.ts';

export interface Actor {
  readonly address: Address;
  readonly name: string;
  readonly place: string;
}

export interface Accounts {
  /** Deploys the contracts and owns them. */
  readonly operator: Actor;
  readonly makers: readonly Actor[];
  readonly carriers: readonly Actor[];
  readonly shops: readonly Actor[];
  readonly consumers: readonly Actor[];
  readonly auditors: readonly Actor[];
  readonly arbiter: Actor;
  /** Reports users' actions to the rewards distributor. */
  readonly rewardsProcessor: Actor;
  /** Reserved for the user of the local system: the activity never sends from this account. */
  readonly visitor: Actor;
  /** All accounts except the visitor, by address. */
  readonly byAddress: ReadonlyMap<Address, Actor>;
}

/** The number of accounts. */
export const accountCount = 20;

const parts = {
  makers: [
    ['Nordlicht Pharma', 'Tübingen, plant 2'],
    ['Meridian Devices', 'Penang, assembly hall C'],
    ['Maison Rivière', 'Besançon, atelier'],
    ['Cooperativa Alta Sierra', 'Huehuetenango, washing station'],
  ],
  carriers: [
    ['Tern Cold Logistics', 'Rotterdam, cold store 4'],
    ['Overland Rail Freight', 'Duisburg, terminal North'],
    ['Blue Anchor Lines', 'Singapore, Tuas port'],
  ],
  shops: [
    ['Linden Apotheke', 'Leipzig, Lindenauer Markt'],
    ['Kaufhaus am Ring', 'Vienna, Opernring'],
    ['Corner & Co', 'Dublin, Capel Street'],
  ],
  consumers: [
    ['Aino', 'Helsinki'],
    ['Bekele', 'Addis Ababa'],
    ['Chiara', 'Bologna'],
    ['Devi', 'Chennai'],
  ],
  auditors: [
    ['Veritable Inspections', 'Geneva'],
    ['Plumbline Audit', 'Copenhagen'],
  ],
} as const;

/** Assigns the roles to accounts, in the accounts' order. Throws an error if there are too few. */
export function makeAccounts(accounts: readonly Address[]): Accounts {
  if (accounts.length < accountCount) {
    throw new InvariantError(`the devnet has ${accounts.length} accounts, its cast needs ${accountCount}`);
  }
  let next = 0;
  const actor = (name: string, place: string): Actor => ({
    address: required(accounts[next++], 'an account for each part'),
    name,
    place,
  });
  const group = (names: readonly (readonly [string, string])[]): Actor[] =>
    names.map(([name, place]) => actor(name, place));
  const operator = actor('TraceChain Foundation', 'Zug');
  const groups = {
    makers: group(parts.makers),
    carriers: group(parts.carriers),
    shops: group(parts.shops),
    consumers: group(parts.consumers),
    auditors: group(parts.auditors),
  };
  const arbiter = actor('Arbitration Board', 'Stockholm');
  const rewardsProcessor = actor('Rewards Desk', 'Zug');
  const visitor = actor('You', 'your desk');
  const everyone = [operator, ...Object.values(groups).flat(), arbiter, rewardsProcessor];
  const byAddress = new Map(everyone.map((member) => [member.address, member]));
  return { operator, ...groups, arbiter, rewardsProcessor, visitor, byAddress };
}
