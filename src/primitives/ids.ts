/**
 * Ids derived from chain data. A rebuild computes the same ids, and foreign keys need no lookup.
 *
 * Two layouts of RFC 9562 are in use:
 * - An entity has a UUIDv8: 32 bits of hash(chain, contract), the 28 low bits of the entity's number, and 62 bits of the hash of the whole
 *   key. The entities of one contract are adjacent in an index, ordered by number.
 * - A leaf row, which no other row refers to by key, has the layout of a UUIDv7: 48 bits of the block's time in milliseconds, the 12 low
 *   bits of the log index, and 62 bits of the hash of the key.
 *
 * PostgreSQL generates `users.id` and `compliance_standards.id` itself, for every writer. `userId` and `standardId` compute the same
 * values; a test compares them.
 */
import { hash } from 'node:crypto';
import type { Address, Hash } from './hex.ts';
import { RecentValues } from './recent-values.ts';

declare const uuidBrand: unique symbol;
/** A UUID in its canonical lower-case form. */
export type Uuid = string & { readonly [uuidBrand]: true };

/** The key of an entity. `number` gives index locality; all members together must identify the entity. */
export interface EntityKey {
  readonly chainId: number;
  readonly contract: Address;
  /** The table's name. It separates entities of different kinds with the same number in one contract. */
  readonly table: string;
  /** The entity's number, or 0n if it has none. */
  readonly number: bigint;
  /** Further parts of the key, such as a checkpoint's index or a wallet. */
  readonly parts?: readonly (string | bigint)[];
}

const recentContractDigests = new RecentValues<string, string>(1_000);

/** The UUIDv8 of an entity. */
export function entityId(key: EntityKey): Uuid {
  const contract = recentContractDigests.get(`${key.chainId}\n${key.contract}`, digest);
  const number = (key.number & 0xfffffffn).toString(16).padStart(7, '0');
  return layOut(contract.slice(0, 8) + number.slice(0, 4), '8', number.slice(4), digest(wholeKey(key)));
}

export interface LeafKey {
  readonly chainId: number;
  readonly table: string;
  readonly blockHash: Hash;
  readonly logIndex: number;
  /** Distinguishes several rows that one log makes in one table. */
  readonly part?: string;
}

/** The id, in the layout of a UUIDv7, of a row that one log makes. `timestamp` is the block's time in seconds since 1970. */
export function leafId(key: LeafKey, timestamp: bigint): Uuid {
  const time = timestamp === lastTime.timestamp ? lastTime.front : timeFront(timestamp);
  const index = (key.logIndex & 0xfff).toString(16).padStart(3, '0');
  const whole = `${key.chainId}\n${key.table}\n${key.blockHash}\n${key.logIndex}\n${key.part ?? ''}`;
  return layOut(time, '7', index, digest(whole));
}

/** All rows of a block share its time, so the last conversion is cached. */
let lastTime = { timestamp: -1n, front: '' };

function timeFront(timestamp: bigint): string {
  const front = BigInt.asUintN(48, timestamp * 1000n)
    .toString(16)
    .padStart(12, '0');
  lastTime = { timestamp, front };
  return front;
}

/** Events name the same wallets repeatedly, and computing a digest costs ten times a map lookup. */
const recentUserIds = new RecentValues<Address, Uuid>(20_000);

/** The id that PostgreSQL generates for a wallet (`ledger.user_id(text)`). */
export function userId(wallet: Address): Uuid {
  return recentUserIds.get(wallet, (seen) => named(`tracechain:user:${seen}`));
}

/** The id that PostgreSQL generates for a standard (`ledger.standard_id(text)`). All spellings of one standard have the same id. */
export function standardId(spelling: string): Uuid {
  return named(`tracechain:standard:${standardCode(spelling)}`);
}

const longestStandardCode = 200;

/**
 * The normalized code of a compliance standard: ASCII letters in upper case, without spaces, dots, dashes, slashes and underscores. A code
 * of more than 200 bytes is replaced by its digest so that it fits the unique index. `ledger.standard_code(text)` implements the same rule.
 */
export function standardCode(spelling: string): string {
  const code = spelling
    .replaceAll(/[ \t\r\n_./-]+/g, '')
    .replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
  if (Buffer.byteLength(code, 'utf8') <= longestStandardCode) return code;
  return `SHA256${hash('sha256', code, 'hex').toUpperCase()}`;
}

function named(name: string): Uuid {
  const whole = digest(name);
  return layOut(whole.slice(0, 12), '8', whole.slice(12, 15), whole.slice(16));
}

function digest(text: string): string {
  return hash('sha256', text, 'hex');
}

function wholeKey(key: EntityKey): string {
  const parts = key.parts === undefined ? '' : key.parts.join('\n');
  return `${key.chainId}\n${key.contract}\n${key.table}\n${key.number}\n${parts}`;
}

/** Assembles a UUID from 48 bits, the version, 12 bits, and the RFC's variant followed by 62 bits of `rest`. */
function layOut(front: string, version: string, middle: string, rest: string): Uuid {
  const variant = ((Number.parseInt(rest.slice(0, 1), 16) & 0x3) | 0x8).toString(16);
  return `${front.slice(0, 8)}-${front.slice(8, 12)}-${version}${middle}-${variant}${rest.slice(1, 4)}-${rest.slice(4, 16)}` as Uuid;
}
