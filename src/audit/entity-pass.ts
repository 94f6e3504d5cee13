/** Asks contracts about entities, and holds the answers against the rows. */
import type { ChainTableName } from '../db/ownership.ts';
import type { Hash } from '../primitives/hex.ts';
import type { Uuid } from '../primitives/ids.ts';
import type { AnyRow } from '../projections/fold/rows.ts';
import type { Contradiction } from './classify-chain.ts';
import type { Claim, ClaimedValue, Reference } from './claim.ts';
import type { Entity } from './known-entities.ts';
import { fits } from './row-values.ts';
import type { StateReader } from './state-reads.ts';
import { readEntity } from './watched-read.ts';

export interface EntityPass {
  readonly entities: number;
  readonly fields: number;
  readonly contradictions: readonly Contradiction[];
  /** What was said of rows about which something else is to be reported anyway. */
  readonly claims: ReadonlyMap<Uuid, ReadonlyMap<string, ClaimedValue>>;
  /** Entities of which the node doesn't have the state. */
  readonly unavailable: readonly Entity[];
}

export interface PassOptions {
  readonly reader: StateReader;
  readonly blockHash: Hash;
  readonly reference: Reference;
  /** Rows whose claims are wanted whatever they say. */
  readonly reported: ReadonlySet<Uuid>;
  /** Tables that are looked at. */
  readonly tables: ReadonlySet<ChainTableName>;
  readonly signal?: AbortSignal | undefined;
}

/** The claims of so many entities are held at once. */
const entitiesAtOnce = 6_000;

export async function askContracts(entities: readonly Entity[], options: PassOptions): Promise<EntityPass> {
  const { reader, blockHash, reference } = options;
  const contradictions: Contradiction[] = [];
  const claims = new Map<Uuid, Map<string, ClaimedValue>>();
  const unavailable: Entity[] = [];
  let fields = 0;
  for (let start = 0; start < entities.length; start += entitiesAtOnce) {
    options.signal?.throwIfAborted();
    const some = entities.slice(start, start + entitiesAtOnce);
    const plans = some.map((entity) => () => readEntity(entity, reference));
    const answers = await reader.answer(blockHash, plans);
    for (const [index, answer] of answers.entries()) {
      const entity = some[index];
      if (entity === undefined) continue;
      if (answer.isUnavailable) unavailable.push(entity);
      for (const claim of answer.claims) {
        if (!options.tables.has(claim.table)) continue;
        fields += Object.keys(claim.values).length;
        noteClaim(claims, claim, options.reported);
        contradictions.push(...contradictionsOf(entity, claim, reference));
      }
    }
  }
  return { entities: entities.length, fields, contradictions, claims, unavailable };
}

function noteClaim(
  claims: Map<Uuid, Map<string, ClaimedValue>>,
  { rowId, values }: Claim,
  reported: ReadonlySet<Uuid>,
): void {
  if (rowId === null || !reported.has(rowId)) return;
  const known = claims.get(rowId) ?? new Map<string, ClaimedValue>();
  for (const [property, value] of Object.entries(values)) known.set(property, value);
  claims.set(rowId, known);
}

/** Where a claim and the rows part: whether there is such a row, else its values one by one. */
export function contradictionsOf(entity: Entity, claim: Claim, reference: Reference): Contradiction[] {
  if (claim.together !== undefined) return differing(entity, claim, claim.together, null);
  const row = claim.rowId === null ? undefined : reference.row(claim.table, claim.rowId);
  const madeIn = row === undefined ? null : (row['blockNumber'] as number);
  const isThere = row !== undefined;
  if (claim.exists !== null && claim.exists !== isThere)
    return [{ entity, claim, property: null, ledgerValue: null, madeIn }];
  return row === undefined ? [] : differing(entity, claim, row, madeIn);
}

function differing(entity: Entity, claim: Claim, row: AnyRow, madeIn: number | null): Contradiction[] {
  return Object.entries(claim.values).flatMap(([property, value]): Contradiction[] => {
    const ledgerValue = row[property] ?? null;
    return fits(value, ledgerValue) ? [] : [{ entity, claim, property, ledgerValue, madeIn }];
  });
}
